package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/drift.md and its vectors, and what the SDK answers, must be one and the same. */
class DriftVectorsTest {
  private static final Path DOCS = Path.of("..", "..", "docs");
  private static final Path VECTORS = DOCS.resolve("drift-vectors.json");
  private static final int VECTOR_COUNT = 3;

  @TempDir private Path directory;

  @Test
  void shouldAnswerAsTheVectorsSay() throws IOException {
    // given
    List<Value> vectors = vectors();
    assertThat(vectors).hasSize(VECTOR_COUNT);

    for (Value value : vectors) {
      Map<String, Value> vector = value.getStructValue().getFieldsMap();
      Scope scope = scope(vector.get("scope").getStructValue().getFieldsMap());
      ScopeLedger ledger = new ScopeLedger(scope, new StateDigests(), true, true);
      for (Map<String, Value> row : rows(vector, "held")) {
        ledger.put(Utf8.bytes(text(row, "key")), bytes(row, "valueDigestHex"));
      }
      assertThat(ledger.sums().getStateDigest()).isEqualTo(bytes(vector, "stateDigestHex"));

      // when, then
      for (Map<String, Value> asked : rows(vector, "queries")) {
        DigestQuery query =
            DigestQuery.newBuilder()
                .setScope(scope)
                .setAfterKey(text(asked, "afterKey"))
                .setThroughKey(text(asked, "throughKey"))
                .setMaxParts((int) asked.get("maxParts").getNumberValue())
                .build();
        assertThat(
                DigestParts.cut(ledger.within(query.getAfterKey(), query.getThroughKey()), query))
            .as(query.toString())
            .isEqualTo(parts(asked));
      }
    }
  }

  @Test
  void shouldAgreeWithThePythonInTheDocument() throws Exception {
    // given
    assumeTrue(hasPython(), "python3 is not installed");
    String document = Files.readString(DOCS.resolve("drift.md"));
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

  private static List<DigestPart> parts(Map<String, Value> asked) {
    return rows(asked, "expected").stream()
        .map(
            part ->
                DigestPart.newBuilder()
                    .setThroughKey(text(part, "throughKey"))
                    .setKeyCount((long) part.get("keyCount").getNumberValue())
                    .setDigest(bytes(part, "digestHex"))
                    .build())
        .toList();
  }

  private static Scope scope(Map<String, Value> fields) {
    Target target =
        fields.get("kind").getNumberValue() == 1
            ? Target.newBuilder().setAll(AllAgents.getDefaultInstance()).build()
            : Target.newBuilder().setAgent(text(fields, "name")).build();
    return Scope.newBuilder()
        .setTopicValue((int) fields.get("topic").getNumberValue())
        .setTarget(target)
        .build();
  }

  private static List<Value> vectors() throws IOException {
    Struct.Builder file = Struct.newBuilder();
    JsonFormat.parser().merge(Files.readString(VECTORS), file);
    return file.getFieldsOrThrow("vectors").getListValue().getValuesList();
  }

  private static List<Map<String, Value>> rows(Map<String, Value> fields, String name) {
    return fields.get(name).getListValue().getValuesList().stream()
        .map(row -> row.getStructValue().getFieldsMap())
        .toList();
  }

  private static ByteString bytes(Map<String, Value> fields, String name) {
    return ByteString.copyFrom(HexFormat.of().parseHex(text(fields, name)));
  }

  private static String text(Map<String, Value> fields, String name) {
    return fields.get(name).getStringValue();
  }
}
