package dev.swarmlog.conformance.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorCheckTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          {"a": 1, "b": [1, 2]} | {"b": [1, 2], "a": 1}
          1                     | 1.0
          9007199254740993      | 9007199254740993
          null                  | null
          "\\u00e9"             | "é"
          """)
  void shouldTakeTheSameForTheSame(String expected, String answer) throws Exception {
    assertThat(run(expected, answer)).isEqualTo(new VectorVerdict.Passed());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          {"a": {"b": [1, 2]}} | {"a": {"b": [1, 3]}} | answer.a.b[1] to be 2, but it is 3
          [1]                  | [1, 2]               | answer to have 1 elements, but it has 2
          {"a": 1}             | {}                   | answer to have a field a of 1, but it has none
          {}                   | {"a": 1}             | answer without a field a, but that is 1
          1                    | "1"                  | answer to be 1, but it is "1"
          null                 | {}                   | answer to be null, but it is {}
          9007199254740992     | 9007199254740993     | answer to be 9007199254740992
          1                    | 1 2                  | JSON, but got 1 2
          """)
  void shouldSayWhereTheAnswerDiffers(String expected, String answer, String difference)
      throws Exception {
    assertThat(run(expected, answer))
        .isInstanceOfSatisfying(
            VectorVerdict.Failed.class,
            failed -> assertThat(failed.difference()).contains(difference));
  }

  @Test
  void shouldSkipWhatIsNotSupportedAndFailWhatFails() throws Exception {
    Vector vector = vector(JSON.readTree("1"));

    assertThat(
            VectorCheck.run(
                vector, (kind, input) -> new VectorTarget.Answer.Unsupported("not " + kind)))
        .isEqualTo(new VectorVerdict.Skipped("not k"));
    assertThat(
            VectorCheck.run(
                vector,
                (kind, input) -> {
                  throw new IOException("the pipe broke at " + input);
                }))
        .isEqualTo(
            new VectorVerdict.Failed(
                "Expected an answer, but it failed: the pipe broke at {\"in\":true}"));
  }

  private static VectorVerdict run(String expected, String answer) throws Exception {
    return VectorCheck.run(
        vector(JSON.readTree(expected)), (kind, input) -> new VectorTarget.Answer.Computed(answer));
  }

  private static Vector vector(JsonNode expected) {
    return new Vector("k", "n", JSON.createObjectNode().put("in", true), expected);
  }
}
