package dev.swarmlog.server.path.drift;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * docs/drift.md and its vectors, and what the model of an agent answers, must be one and the same.
 */
class DriftVectorsTest {

  private static final Path VECTORS = Path.of("..", "docs", "drift-vectors.json");
  private static final int VECTOR_COUNT = 3;

  @Test
  void shouldAnswerAndMendAsTheVectorsSay() throws IOException {
    // given
    List<Value> vectors = vectors();
    assertThat(vectors).hasSize(VECTOR_COUNT);

    for (Value value : vectors) {
      Map<String, Value> vector = value.getStructValue().getFieldsMap();
      Scope scope = scope(vector.get("scope").getStructValue().getFieldsMap());
      ModelState agent = new ModelState(scope);
      for (Map<String, Value> row : rows(vector, "held")) {
        agent.keys.put(text(row, "key"), bytes(row, "valueDigestHex"));
      }
      assertThat(agent.digest()).isEqualTo(bytes(vector, "stateDigestHex"));

      // when, then
      for (Map<String, Value> asked : rows(vector, "queries")) {
        DigestQuery query =
            DigestQuery.newBuilder()
                .setScope(scope)
                .setAfterKey(text(asked, "afterKey"))
                .setThroughKey(text(asked, "throughKey"))
                .setMaxParts((int) asked.get("maxParts").getNumberValue())
                .build();
        assertThat(agent.answer(query)).as(query.toString()).isEqualTo(parts(asked));
      }
      for (Map<String, Value> mended : rows(vector, "repairs")) {
        SnapshotPage.Builder page =
            SnapshotPage.newBuilder()
                .setAfterKey(text(mended, "afterKey"))
                .setThroughKey(text(mended, "throughKey"));
        for (Map<String, Value> row : rows(mended, "operations")) {
          page.addOperations(
              Operation.newBuilder()
                  .setKey(text(row, "key"))
                  .setValueDigest(bytes(row, "valueDigestHex")));
        }
        agent.apply(Repair.newBuilder().addPages(page).build());
        assertThat(agent.digest()).isEqualTo(bytes(mended, "stateDigestHex"));
      }
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
