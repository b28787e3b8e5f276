package dev.swarmlog.reliability.history.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.reliability.bug.SeededBug;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of seeded bugs names each of them, and tests that there are. */
final class SeededBugsTableTest {

  /** Tests run in the module's folder. */
  private static final Path ROOT = Path.of("..", "..");

  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|$");
  private static final Pattern CLASS = Pattern.compile("`(\\w+)`");

  @Test
  void shouldNameEachBugAndTestsThatCatchIt() throws IOException {
    // given
    Map<String, MatchResult> rows =
        ROW.matcher(Files.readString(ROOT.resolve("docs/seeded-bugs.md")))
            .results()
            .collect(Collectors.toMap(row -> row.group(1), row -> row, (a, b) -> b, TreeMap::new));

    // then
    assertThat(rows.keySet())
        .isEqualTo(Arrays.stream(SeededBug.values()).map(Enum::name).collect(Collectors.toSet()));
    Set<String> tests = testClasses();
    for (SeededBug bug : SeededBug.values()) {
      MatchResult row = rows.get(bug.name());
      assertThat(row.group(2)).as("what %s does", bug).isEqualTo(bug.description());
      List<String> catchers =
          CLASS.matcher(row.group(3)).results().map(found -> found.group(1)).toList();
      assertThat(catchers).as("tests that catch %s", bug).isNotEmpty();
      assertThat(tests).as("tests that catch %s", bug).containsAll(catchers);
    }
  }

  private static Set<String> testClasses() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve("reliability"))) {
      return files
          .filter(file -> file.toString().contains("src/test/java"))
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Test.java") || name.endsWith("IT.java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .collect(Collectors.toSet());
    }
  }
}
