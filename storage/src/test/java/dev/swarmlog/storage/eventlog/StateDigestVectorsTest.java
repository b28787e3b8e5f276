package dev.swarmlog.storage.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/state-digest.md, its vectors and what apply computes must be one and the same. */
final class StateDigestVectorsTest {

  private static final Path DOCS = Path.of("..", "docs");
  private static final Path VECTORS = DOCS.resolve("state-digest-vectors.json");
  private static final int VECTOR_COUNT = 10;

  @TempDir private Path directory;

  @Test
  void shouldComputeTheVectors() throws IOException {
    // given
    EventLog log = InMemoryEventLog.create();
    Entries.commit(log, Entries.createSwarm(Entries.SWARM));
    List<Value> vectors = vectors();
    assertThat(vectors).hasSize(VECTOR_COUNT);

    for (Value vector : vectors) {
      // when
      Map<String, Value> fields = vector.getStructValue().getFieldsMap();
      PublishRecord record = record(fields);
      StoredOperation stored =
          Entries.commit(
                  log, Entries.append(Entries.publish(Entries.SWARM, Log.LOG_MAIN, record).build()))
              .runs()
              .get(0)
              .operations()
              .get(0);

      // then
      Map<String, Value> expected = fields.get("expected").getStructValue().getFieldsMap();
      assertThat((double) stored.opId()).isEqualTo(fields.get("opId").getNumberValue());
      assertThat(hex(Operation.parseFrom(stored.bytes()).getValueDigest()))
          .isEqualTo(text(expected, "valueDigestHex"));
      Scope scope =
          Scope.newBuilder().setTopic(record.getTopic()).setTarget(record.getTarget()).build();
      ScopeSums sums =
          log.sums(Entries.SWARM, Log.LOG_MAIN, View.of(Set.of(scope)), stored.opId()).get(0);
      assertThat(hex(sums.getStateDigest())).isEqualTo(text(expected, "stateDigestHex"));
      assertThat(hex(sums.getEventHash())).isEqualTo(text(expected, "eventHashHex"));
      assertThat((double) sums.getEventCount())
          .isEqualTo(expected.get("eventCount").getNumberValue());
    }
    log.close();
  }

  @Test
  void shouldAgreeWithThePythonInTheDocument() throws Exception {
    // given
    assumeTrue(hasPython(), "python3 is not installed");
    String document = Files.readString(DOCS.resolve("state-digest.md"));
    int start = document.indexOf("```python") + "```python".length();
    Path script = directory.resolve("check.py");
    Files.writeString(script, document.substring(start, document.indexOf("```", start)));

    // when
    Process process =
        new ProcessBuilder("python3", script.toString(), VECTORS.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    // then
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(output.strip()).isEqualTo("all vectors agree");
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static List<Value> vectors() throws IOException {
    Struct.Builder file = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(Files.readString(VECTORS), file);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("Expected " + VECTORS + " to be JSON", e);
    }
    ListValue vectors = file.getFieldsOrThrow("vectors").getListValue();
    return vectors.getValuesList();
  }

  private static PublishRecord record(Map<String, Value> fields) {
    Target target =
        switch ((int) fields.get("kind").getNumberValue()) {
          case 1 -> Entries.ALL;
          case 2 -> Entries.agent(text(fields, "name"));
          default -> Entries.role(text(fields, "name"));
        };
    Topic topic = Topic.forNumber((int) fields.get("topic").getNumberValue());
    if (fields.get("tombstone").getBoolValue()) {
      return Entries.tombstone(topic, target, text(fields, "key"));
    }
    Payload payload =
        Payload.newBuilder()
            .setType(text(fields, "type"))
            .setContentType(text(fields, "contentType"))
            .setSchemaVersion((int) fields.get("schemaVersion").getNumberValue())
            .setData(ByteString.copyFrom(HexFormat.of().parseHex(text(fields, "dataHex"))))
            .build();
    PublishRecord record =
        text(fields, "class").equals("EVENT")
            ? Entries.event(topic, target, "")
            : Entries.keyed(topic, target, text(fields, "key"), "");
    return record.toBuilder().setPayload(payload).build();
  }

  private static String text(Map<String, Value> fields, String name) {
    return fields.get(name).getStringValue();
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}
