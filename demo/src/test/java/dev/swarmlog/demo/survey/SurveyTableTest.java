package dev.swarmlog.demo.survey;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.demo.survey.SurveyTable.LanguageRow;
import dev.swarmlog.demo.v1.FileKind;
import dev.swarmlog.demo.v1.SurveyResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SurveyTableTest {
  private final SurveyTable table =
      new SurveyTable(
          List.of(
              text("a.java", "Java", 10, 3),
              text("b, \"c\".java", "Java", 5, 1),
              text("d.md", "Markdown", 40, 0)));

  @TempDir Path folder;

  @Test
  void shouldSumByLanguage() {
    assertThat(table.byLanguage())
        .extracting(LanguageRow::name)
        .containsExactly("Markdown", "Java");
    assertThat(table.byLanguage().get(1).lines()).isEqualTo(15);
    assertThat(table.byLanguage().get(1).longestLineBytes()).isEqualTo(10);
    assertThat(table.total().files()).isEqualTo(3);
    assertThat(table.total().todos()).isEqualTo(4);
  }

  @Test
  void shouldWriteCsvThatQuotesWhatItMust() throws IOException {
    // given
    Path file = folder.resolve("table.csv");

    // when
    table.write(file);

    // then
    assertThat(Files.readAllLines(file))
        .hasSize(4)
        .element(2)
        .isEqualTo("\"b, \"\"c\"\".java\",text,Java,0,5,0,5,1,0,,");
  }

  @Test
  void shouldWriteJson() throws IOException {
    // given
    Path file = folder.resolve("table.json");

    // when
    table.write(file);

    // then
    JsonNode rows = new ObjectMapper().readTree(file.toFile());
    assertThat(rows).hasSize(3);
    assertThat(rows.get(2).get("lines").asInt()).isEqualTo(40);
  }

  private static SurveyResult text(String path, String language, int lines, int todos) {
    return SurveyResult.newBuilder()
        .setPath(path)
        .setKind(FileKind.FILE_KIND_TEXT)
        .setLanguage(language)
        .setLineCount(lines)
        .setLongestLineBytes(lines)
        .setTodoCount(todos)
        .build();
  }
}
