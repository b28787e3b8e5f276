package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.configuration.Setting;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import dev.swarmlog.v1.ReasonDetail;
import dev.swarmlog.v1.Retry;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.NumberFormat;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the tables of the documentation to the code they describe. */
final class DocumentationTest {

  private static final String REASON_PREFIX = "ERROR_REASON_";

  /** A first cell that holds nothing but a name of a limit. */
  private static final Pattern LIMIT_ROW =
      Pattern.compile("^\\| `([a-z]\\w*)` \\|", Pattern.MULTILINE);

  private static final Pattern REASON_ROW =
      Pattern.compile("^\\| `([A-Z_]+)` \\|", Pattern.MULTILINE);

  static List<RecordComponent> limits() {
    return Arrays.asList(Limits.class.getRecordComponents());
  }

  static List<ErrorReason> reasons() {
    return Arrays.stream(ErrorReason.values())
        .filter(reason -> reason != ErrorReason.ERROR_REASON_UNSPECIFIED)
        .filter(reason -> reason != ErrorReason.UNRECOGNIZED)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("limits")
  void shouldStateEveryLimitWithItsValue(RecordComponent limit) throws Exception {
    // given
    Object value = limit.getAccessor().invoke(Limits.defaults());

    // then
    assertThat(page("limits.md"))
        .contains("\n| `%s` | %s | ".formatted(limit.getName(), text(value)));
  }

  @Test
  void shouldStateNoLimitThatDoesNotExist() throws IOException {
    // given
    Set<String> names = new TreeSet<>();
    limits().forEach(limit -> names.add(limit.getName()));

    // then
    assertThat(firstCells(LIMIT_ROW, page("limits.md"))).isEqualTo(names);
  }

  @ParameterizedTest
  @EnumSource
  void shouldStateEverySettingWithItsNamesAndDefault(Setting setting) throws IOException {
    // given
    String defaultText =
        setting.defaultText().isEmpty() ? "not set" : "`" + setting.defaultText() + "`";

    // then
    assertThat(page("operations.md"))
        .contains(
            "\n| `%s` | `%s` | `--%s` | %s | %s |\n"
                .formatted(
                    setting.key(),
                    setting.environmentVariable(),
                    setting.flag(),
                    defaultText,
                    setting.help()));
  }

  @ParameterizedTest
  @MethodSource("reasons")
  void shouldStateEveryErrorReasonAsTheContractAnnotatesIt(ErrorReason reason) throws IOException {
    // given
    ReasonDetail detail = reason.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason);
    String retry = detail.getRetry() == Retry.RETRY_BACKOFF ? "with backoff" : "no";

    // then
    assertThat(page("protocol.md"))
        .contains(
            "\n| `%s` | `%s` | %s | %s |\n"
                .formatted(name(reason), detail.getCode(), retry, detail.getAction()));
  }

  @Test
  void shouldStateNoErrorReasonThatDoesNotExist() throws IOException {
    // given
    Set<String> names = new TreeSet<>();
    reasons().forEach(reason -> names.add(name(reason)));

    // then
    assertThat(firstCells(REASON_ROW, page("protocol.md"))).isEqualTo(names);
  }

  private static String name(ErrorReason reason) {
    return reason.name().substring(REASON_PREFIX.length());
  }

  private static String text(Object value) {
    if (value instanceof Duration duration) {
      assertThat(duration).isEqualTo(Duration.ofSeconds(duration.toSeconds()));
      return duration.toSeconds() + " s";
    }
    return NumberFormat.getIntegerInstance(Locale.ROOT).format(value);
  }

  private static Set<String> firstCells(Pattern row, String page) {
    Set<String> names = new TreeSet<>();
    Matcher matcher = row.matcher(page);
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  /** Tests run in the module's folder; the documentation lies beside it. */
  private static String page(String name) throws IOException {
    return Files.readString(Path.of("..", "docs", name));
  }
}
