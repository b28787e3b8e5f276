package agent

import com.google.gson.JsonArray
import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import com.google.protobuf.ByteString
import dev.swarmlog.v1.Operation
import dev.swarmlog.v1.OperationClass
import dev.swarmlog.v1.operation
import dev.swarmlog.v1.payload
import java.nio.file.Files
import java.nio.file.Path

/** The vectors that every SDK is held to, of a file below the root of the checkout. */
fun vectors(file: String): List<JsonObject> {
    // Maven runs tests in the folder of the module.
    val text = Files.readString(Path.of("../..", file))
    val vectors = JsonParser.parseString(text).asJsonObject.objects("vectors")
    check(vectors.isNotEmpty()) { "Expected vectors in $file, but there are none" }
    return vectors
}

fun JsonObject.text(name: String): String = get(name).asString

/** Numbers of 64 bits are texts where they may be large. */
fun JsonObject.number(name: String): Long =
    get(name)?.takeUnless(JsonElement::isJsonNull)?.asString?.toULong()?.toLong() ?: 0

fun JsonObject.bytes(name: String): ByteString = ByteString.fromHex(text(name))

fun JsonObject.objects(name: String): List<JsonObject> = getAsJsonArray(name).map(JsonElement::getAsJsonObject)

fun JsonObject.scopeName() = ScopeName(number("topic").toInt(), number("kind").toInt(), text("name"))

fun List<JsonElement>.toJson() = JsonArray().also { all -> forEach(all::add) }

fun JsonObject.operation(): Operation = operation {
    val of = scopeName().toMessage()
    opId = number("opId")
    topic = of.topic
    target = of.target
    operationClass = OperationClass.valueOf("OPERATION_CLASS_" + text("class"))
    key = text("key")
    tombstone = get("tombstone").asBoolean
    payload = payload {
        type = text("type")
        contentType = text("contentType")
        schemaVersion = number("schemaVersion").toInt()
        data = bytes("dataHex")
    }
}
