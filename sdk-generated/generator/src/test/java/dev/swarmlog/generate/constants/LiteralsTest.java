package dev.swarmlog.generate.constants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class LiteralsTest {

  @Test
  void shouldEscapeWhatEndsOrBendsAText() {
    assertThat(Literals.quoted("a \"b\" \\ c\n")).isEqualTo("\"a \\\"b\\\" \\\\ c\\n\"");
  }

  @Test
  void shouldRefuseWhatLanguagesEscapeDifferently() {
    assertThatThrownBy(() -> Literals.quoted("1 µs"))
        .hasMessage("Expected printable ASCII in a constant, but \"1 µs\" has U+00B5");
  }

  @Test
  void shouldNotLetKotlinFillIn() {
    // given
    Reason reason = new Reason("R", 1, "ABORTED", "NEVER", "Pay $x.");
    ContractConstants constants =
        new ContractConstants(
            List.of(),
            List.of(),
            new Choice("Code", List.of()),
            new Choice("Retry", List.of()),
            List.of(reason));

    // then
    assertThat(new KotlinConstants().write(constants)).contains("\"Pay \\$x.\"");
  }

  @Test
  void shouldRefuseANumberThatIsNoUint32() {
    assertThat(new Constant("most", Constant.MAX_NUMBER).value()).isEqualTo(4_294_967_295L);
    assertThatThrownBy(() -> new Constant("beyond", Constant.MAX_NUMBER + 1))
        .hasMessageContaining("Expected beyond to be a text or a number from 0 to 4294967295");
  }

  @Test
  void shouldSpellNamesAsLanguagesDo() {
    assertThat(Names.upperSnake("backoff", "first_ms")).isEqualTo("BACKOFF_FIRST_MS");
    assertThat(Names.pascal("backoff", "first_ms")).isEqualTo("BackoffFirstMs");
    assertThat(Names.camel("first_ms")).isEqualTo("firstMs");
  }
}
