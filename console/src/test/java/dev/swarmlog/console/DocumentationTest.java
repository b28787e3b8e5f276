package dev.swarmlog.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.NumberFormat;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the table of bounds of the documentation to the code. */
final class DocumentationTest {

  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final Pattern ROW =
      Pattern.compile("^\\| (?!what)([a-z][^|]*) \\| ([^|]+) \\| [^|]+ \\|$", Pattern.MULTILINE);

  /** Of each row the constants that it states, and how. */
  private static final Map<String, Row> ROWS =
      Map.ofEntries(
          Map.entry("requests worked at", new Row("%s", "THREADS")),
          Map.entry("requests that wait", new Row("%s", "QUEUED_REQUESTS")),
          Map.entry(
              "connections, and those that wait to be taken",
              new Row("%s, %s", "CONNECTIONS", "BACKLOG")),
          Map.entry(
              "time for a request to come, and for its answer to be read",
              new Row("%s s each", "EXCHANGE_S")),
          Map.entry("time without a request", new Row("%s s", "IDLE_S")),
          Map.entry(
              "header lines of a request, and their bytes",
              new Row("%s, %s", "HEADERS", "HEADER_BYTES")),
          Map.entry("path and query of a request", new Row("%s characters", "TARGET_CHARS")),
          Map.entry("time for the coordinator to answer", new Row("%s s", "CALL_S")),
          Map.entry("swarms, or backlogs of agents, of one answer", new Row("%s", "LISTED")),
          Map.entry(
              "operations of one answer, and gone through for it",
              new Row("%s, %s", "LISTED_OPERATIONS", "READ_OPERATIONS")),
          Map.entry("bytes gone through for one answer", new Row("%s", "READ_BYTES")),
          Map.entry("payload of an operation in a list", new Row("%s", "LISTED_PAYLOAD_BYTES")));

  private record Row(String form, String... constants) {

    String bound() {
      return form.formatted(Arrays.stream(constants).map(DocumentationTest::text).toArray());
    }
  }

  @Test
  void shouldStateEveryBoundAsItIs() throws IOException {
    // given
    Map<String, String> expected = new LinkedHashMap<>();
    ROWS.forEach((what, row) -> expected.put(what, row.bound()));
    String page = Files.readString(Path.of("src/main/resources/dev/swarmlog/console/swarm.js"));
    expected.put(
        "agents, alerts and operations listed",
        "%1$s, %2$s, %2$s"
            .formatted(constant(page, "MAX_ROWS"), constant(page, "SHOWN_OPERATIONS")));

    // then
    assertThat(documented()).containsExactlyInAnyOrderEntriesOf(expected);
  }

  @Test
  void shouldLeaveNoBoundOut() {
    List<String> constants =
        Arrays.stream(ConsoleLimits.class.getDeclaredFields())
            .filter(field -> !field.isSynthetic())
            .map(Field::getName)
            .toList();

    assertThat(ROWS.values().stream().flatMap(row -> Arrays.stream(row.constants())))
        .containsExactlyInAnyOrderElementsOf(constants);
  }

  /** Tests run in the module's folder; the documentation lies beside it. */
  private static Map<String, String> documented() throws IOException {
    Map<String, String> rows = new LinkedHashMap<>();
    Matcher row = ROW.matcher(Files.readString(Path.of("..", "docs", "console.md")));
    while (row.find()) {
      rows.put(row.group(1), row.group(2));
    }
    return rows;
  }

  private static String constant(String script, String name) {
    Matcher constant = Pattern.compile("(?m)^const " + name + " = (\\d+);$").matcher(script);
    assertThat(constant.find()).as("constant %s", name).isTrue();
    return constant.group(1);
  }

  private static String text(String constant) {
    try {
      int value = ConsoleLimits.class.getDeclaredField(constant).getInt(null);
      if (constant.endsWith("_BYTES")) {
        return value % MIB == 0 ? value / MIB + " MiB" : value / KIB + " KiB";
      }
      return NumberFormat.getIntegerInstance(Locale.ROOT).format(value);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
