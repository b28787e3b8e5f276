package dev.swarmlog.conformance.vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorFilesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long LARGEST_SAFE = 1L << 53;
  private static final Path DOCS = Path.of("..", "docs");
  static final List<String> KINDS = VectorFiles.KINDS;

  @ParameterizedTest
  @FieldSource("KINDS")
  void shouldReadVectorsWithNumbersThatEveryLanguageCanHold(String kind) {
    for (Vector vector : VectorFiles.ofKind(kind)) {
      requireSafe(vector.name(), vector.input());
      requireSafe(vector.name(), vector.expected());
    }
  }

  @Test
  void shouldKnowAndDescribeEveryFile() throws IOException {
    String readme = Files.readString(Path.of("vectors", "README.md"));
    try (Stream<Path> files = Files.list(Path.of("vectors"))) {
      assertThat(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> !name.equals("README.md")))
          .containsExactlyInAnyOrderElementsOf(KINDS.stream().map(kind -> kind + ".json").toList());
    }
    assertThat(KINDS).allSatisfy(kind -> assertThat(readme).contains("## " + kind + "\n"));
  }

  @Test
  void shouldHoldTheLogOfTheDocuments() throws IOException {
    JsonNode documented =
        JSON.readTree(DOCS.resolve("state-digest-vectors.json").toFile()).get("vectors");
    Vector ours = VectorFiles.ofKind("state-digest").get(0);
    ArrayNode joined = JSON.createArrayNode();
    for (int i = 0; i < ours.expected().size(); i++) {
      ObjectNode operation = ours.input().get("operations").get(i).deepCopy();
      joined.add(operation.set("expected", ours.expected().get(i)));
    }

    assertThat(VectorCheck.difference("documents", documented, joined)).isNull();
  }

  @Test
  void shouldHoldTheQueriesOfTheDocuments() throws IOException {
    List<Vector> ours = VectorFiles.ofKind("digest-parts");
    List<JsonNode> documented = new ArrayList<>();
    JsonNode vectors = JSON.readTree(DOCS.resolve("drift-vectors.json").toFile()).get("vectors");
    for (JsonNode vector : vectors) {
      vector.get("queries").forEach(query -> documented.add(query.get("expected")));
    }
    // Numbers that are read twice, by value.
    List<String> answers = documented.stream().map(JsonNode::toString).toList();

    assertThat(
            ours.stream()
                .map(vector -> vector.expected().toString())
                .filter(answers::contains)
                .count())
        .isGreaterThanOrEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"kind\": \"k\", \"vectors\": []}",
        "{\"about\": \"\", \"kind\": \"k\", \"vectors\": []}",
        "{\"about\": \"\", \"kind\": \"other\", \"vectors\": [{\"name\": \"n\", \"input\": {}, \"expected\": 1}]}",
        "{\"about\": \"\", \"kind\": \"k\", \"vectors\": [{\"name\": \"n\", \"input\": {}}]}",
        "{\"about\": \"\", \"kind\": \"k\", \"vectors\": [{\"name\": \"n\", \"input\": {}, \"expected\": 1, \"x\": 1}]}",
        "{\"about\": \"\", \"kind\": \"k\", \"vectors\": [{\"name\": \"\", \"input\": {}, \"expected\": 1}]}",
        "{\"about\": \"\", \"kind\": \"k\", \"vectors\": [{\"name\": \"n\", \"input\": {}, \"expected\": 1}, {\"name\": \"n\", \"input\": {}, \"expected\": 1}]}",
        "{\"about\": \"\", \"kind\": \"k\", \"kind\": \"k\", \"vectors\": [{\"name\": \"n\", \"input\": {}, \"expected\": 1}]}",
        "{\"about\": \"\", \"kind\": \"k\", \"vectors\": [{\"name\": \"n\", \"input\": {}, \"expected\": 1}]} x"
      })
  void shouldRefuseWhatIsNotAFileOfVectors(String json) {
    assertThatThrownBy(() -> VectorFiles.parse("k", json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Expected");
  }

  private static void requireSafe(String name, JsonNode value) {
    if (value.isIntegralNumber()) {
      assertThat(value.canConvertToLong()).as(name).isTrue();
      assertThat(Math.abs(value.asLong())).as(name).isLessThan(LARGEST_SAFE);
    }
    value.forEach(inner -> requireSafe(name, inner));
  }
}
