package agent

import com.google.gson.JsonNull
import com.google.gson.JsonObject
import com.google.gson.JsonPrimitive
import com.google.protobuf.ByteString
import com.google.rpc.Status
import dev.swarmlog.v1.digestQuery
import dev.swarmlog.v1.heartbeatReply
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.nanoseconds
import kotlin.time.TestTimeSource

class VectorsTest {
    @Test
    fun `sums are those of the document`() {
        val vectors = vectors("docs/state-digest-vectors.json")
        checkSums(vectors, vectors.map { it.getAsJsonObject("expected") })
    }

    @Test
    fun `sums are those of the suite`() {
        for (vector in vectors("conformance/vectors/state-digest.json")) {
            checkSums(vector.getAsJsonObject("input").objects("operations"), vector.objects("expected"))
        }
    }

    private fun checkSums(operations: List<JsonObject>, expected: List<JsonObject>) {
        val ledger = Ledger()
        ledger.begin(operations.map { it.scopeName() }, fresh = true, replaces = false, holdsNothing = false)
        for ((of, after) in operations zip expected) {
            val operation = of.operation()
            ledger.operation(operation)
            val value = if (operation.tombstone) "" else valueDigest(operation.payload).toString()
            val sums = checkNotNull(ledger[of.scopeName()]).sums()
            assertThat(value).describedAs("%s", of).isEqualTo(after.text("valueDigestHex"))
            assertThat(sums.stateDigest).describedAs("%s", of).isEqualTo(after.bytes("stateDigestHex"))
            assertThat(sums.eventCount).describedAs("%s", of).isEqualTo(after.number("eventCount"))
            assertThat(sums.eventHash).describedAs("%s", of).isEqualTo(after.bytes("eventHashHex"))
        }
    }

    @Test
    fun `queries are answered in the parts of the suite`() {
        for (vector in vectors("conformance/vectors/digest-parts.json")) {
            val input = vector.getAsJsonObject("input")
            val scope = HeldScope(input.getAsJsonObject("scope").scopeName(), fromTheBeginning = true)
            for (key in input.objects("held")) {
                val value = checkNotNull(Digest.of(key.bytes("valueDigestHex")))
                scope.put(key.text("key"), Held(value, ByteString.EMPTY))
            }
            val query = digestQuery {
                afterKey = input.text("afterKey")
                throughKey = input.text("throughKey")
                maxParts = input.number("maxParts").toInt()
            }
            val parts = scope.parts(query).map { part ->
                JsonObject().apply {
                    addProperty("throughKey", part.throughKey)
                    addProperty("keyCount", part.keyCount)
                    addProperty("digestHex", part.digest.toByteArray().toHex())
                }
            }
            assertThat(parts.toJson()).describedAs(vector.text("name")).isEqualTo(vector.get("expected"))
        }
    }

    @Test
    fun `keys are in the order of the suite`() {
        for (vector in vectors("conformance/vectors/utf8-order.json")) {
            val keys = vector.getAsJsonObject("input").getAsJsonArray("keys").map { it.asString }
            val sorted = keys.sortedWith(utf8Order).map { JsonPrimitive(it) }
            assertThat(sorted.toJson()).describedAs(vector.text("name")).isEqualTo(vector.get("expected"))
        }
    }

    @Test
    fun `errors mean what the suite says`() {
        for (vector in vectors("conformance/vectors/errors.json")) {
            val failure = Failure.of(Status.parseFrom(vector.getAsJsonObject("input").bytes("statusHex")))
            val expected = vector.getAsJsonObject("expected")
            val name = vector.text("name")
            assertThat(failure.isRetryable).describedAs(name).isEqualTo(expected.get("retryable").asBoolean)
            assertThat(failure.retryAfter).describedAs(name).isEqualTo(expected.number("retryAfterNs").nanoseconds)
            assertThat(failure.toString()).describedAs(name).startsWith(expected.text("reason"))
            assertThat(failure.toString()).describedAs(name).endsWith(expected.text("action"))
        }
    }

    @Test
    fun `delays are those of the suite`() {
        // The agent has no delays of other kinds.
        val kinds = setOf("delay", "delayAfterLoss", "worked")
        val known = vectors("conformance/vectors/backoff.json").filter { vector ->
            vector.getAsJsonObject("input").objects("steps").all { it.text("do") in kinds }
        }
        assertThat(known).hasSizeGreaterThan(10)
        for (vector in known) {
            val input = vector.getAsJsonObject("input")
            val fraction = input.get("fraction").asDouble
            val time = TestTimeSource()
            val beginning = time.markNow()
            val backoff = Backoff(time) { most -> (fraction * (most + 1)).toLong() }
            val delays = mutableListOf<JsonPrimitive>()
            for (step in input.objects("steps")) {
                time += step.number("atNs").nanoseconds - beginning.elapsedNow()
                if (step.text("do") == "worked") {
                    backoff.succeeded()
                } else {
                    val lost = step.text("do") == "delayAfterLoss"
                    delays += JsonPrimitive(backoff.next(step.number("toldNs").nanoseconds, lost).inWholeNanoseconds)
                }
            }
            assertThat(delays.toJson()).describedAs(vector.text("name")).isEqualTo(vector.get("expected"))
        }
    }

    @Test
    fun `the clock is as far ahead as the suite says`() {
        for (vector in vectors("conformance/vectors/clock-filter.json")) {
            val heartbeats = Heartbeats()
            for (sample in vector.getAsJsonObject("input").objects("samples")) {
                val reply = heartbeatReply {
                    agentSentUnixNano = sample.number("agentSentUnixNano")
                    receivedUnixNano = sample.number("receivedUnixNano")
                    sentUnixNano = sample.number("sentUnixNano")
                }
                heartbeats.answered(reply, sample.number("agentReceivedUnixNano"))
            }
            val next = checkNotNull(heartbeats.next(0))
            val said = if (!next.hasClockOffsetNano()) {
                JsonNull.INSTANCE
            } else {
                JsonObject().apply {
                    addProperty("offsetNs", next.clockOffsetNano.toString())
                    addProperty("uncertaintyNs", next.clockUncertaintyNano.toString())
                }
            }
            assertThat(said).describedAs(vector.text("name")).isEqualTo(vector.get("expected"))
        }
    }
}
