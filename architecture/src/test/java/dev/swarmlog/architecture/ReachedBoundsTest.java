package dev.swarmlog.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of the tables of bounds names the tests that reach the bound, and these exist. */
class ReachedBoundsTest {

  /** Tests run in the module's folder. */
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");

  /** Who keeps a bound that is none of ours to test. */
  private static final Set<String> OTHERS = Set.of("RocksDB", "gRPC", "the device");

  static List<String> rows() throws IOException {
    return Files.readAllLines(ROOT.resolve(Path.of("docs", "limits.md"))).stream()
        .filter(line -> line.startsWith("| "))
        .filter(line -> !line.startsWith("| limit |") && !line.startsWith("| bound |"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void shouldNameTestsThatReachTheBound(String row) throws IOException {
    String[] cells = row.split(" \\|");
    String reachedBy = cells[cells.length - 1].trim();
    if (!OTHERS.contains(reachedBy)) {
      assertThat(TEST.matcher(reachedBy).replaceAll("").replace(", ", ""))
          .as("what is no test")
          .isEmpty();
      List<String> missing = new ArrayList<>();
      for (MatchResult named : TEST.matcher(reachedBy).results().toList()) {
        if (!exists(named.group(1), named.group(2))) {
          missing.add(named.group());
        }
      }
      assertThat(missing).isEmpty();
      assertThat(reachedBy).isNotEmpty();
    }
  }

  @Test
  void shouldFindTheRows() throws IOException {
    assertThat(rows()).hasSizeGreaterThan(100);
    assertThat(exists("ReachedBoundsTest", "shouldFindTheRows")).isTrue();
    assertThat(exists("ReachedBoundsTest", "shouldFindWhatIsNotThere")).isFalse();
    assertThat(exists("NoSuchTest", "shouldFindTheRows")).isFalse();
  }

  private static boolean exists(String type, String method) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      Path source =
          files
              .filter(file -> file.endsWith(type + ".java"))
              .filter(file -> file.toString().contains("/src/test/java/"))
              .findFirst()
              .orElse(null);
      return source != null && Files.readString(source).contains("void " + method + "(");
    }
  }
}
