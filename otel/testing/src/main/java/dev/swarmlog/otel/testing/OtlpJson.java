package dev.swarmlog.otel.testing;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a file of OTLP JSON lines as strictly as the format is written: an unknown field, an
 * enumeration by name, or an ID that is not hexadecimal is refused.
 *
 * <p>OTLP JSON is protobuf's JSON but for two rules: IDs are hexadecimal, not base64, and
 * enumerations are numbers. See <a
 * href="https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding">JSON Protobuf
 * encoding</a>.
 */
public final class OtlpJson {

  private static final Set<String> IDS = Set.of("traceId", "spanId", "parentSpanId");
  private static final Set<String> ENUMERATIONS = Set.of("kind", "code");

  private OtlpJson() {}

  /** The spans of a file. */
  public static Traces read(Path file) throws IOException {
    List<TracesData> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(line(line));
    }
    return Traces.of(lines.stream().flatMap(data -> data.getResourceSpansList().stream()));
  }

  /** The spans of a line. */
  public static TracesData line(String line) throws IOException {
    JsonObject json = JsonParser.parseString(line).getAsJsonObject();
    if (!json.keySet().equals(Set.of("resourceSpans"))) {
      throw new IOException("Expected resourceSpans alone, but got " + json.keySet());
    }
    TracesData.Builder builder = TracesData.newBuilder();
    JsonFormat.parser().merge(protobufs(json).toString(), builder);
    return builder.build();
  }

  private static JsonElement protobufs(JsonElement element) throws IOException {
    if (element instanceof JsonArray array) {
      JsonArray converted = new JsonArray();
      for (JsonElement item : array) {
        converted.add(protobufs(item));
      }
      return converted;
    }
    if (!(element instanceof JsonObject object)) {
      return element;
    }
    JsonObject converted = new JsonObject();
    for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
      String name = entry.getKey();
      JsonElement value = entry.getValue();
      if (IDS.contains(name)) {
        byte[] id = HexFormat.of().parseHex(value.getAsString());
        converted.add(name, new JsonPrimitive(Base64.getEncoder().encodeToString(id)));
      } else if (ENUMERATIONS.contains(name) && !value.getAsJsonPrimitive().isNumber()) {
        throw new IOException("Expected a number for " + name + ", but got " + value);
      } else {
        converted.add(name, protobufs(value));
      }
    }
    return converted;
  }
}
