package dev.swarmlog.reliability.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.reliability.history.Verdict.Linearizable;
import dev.swarmlog.reliability.history.Verdict.Violated;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checker says of small histories what trying every order says. */
final class BruteForceTest {

  /** {@code -Dhistories.small=N} checks more; {@code -Dhistories.seed=N} one of them. */
  private static final long HISTORIES = Long.getLong("histories.small", 20_000);

  private static final int MAX_CALLS = 8;

  @TempDir private Path directory;

  @Test
  void shouldAgreeWithTryingEveryOrder() throws Exception {
    LinearizabilityChecker checker = new LinearizabilityChecker();
    long first = Long.getLong("histories.seed", 1);
    long count = Long.getLong("histories.seed") == null ? HISTORIES : 1;
    int right = 0;
    int wrong = 0;
    for (long seed = first; seed < first + count; seed++) {
      History history = RandomHistory.of(seed, 2 + (int) (seed % (MAX_CALLS - 1)));

      boolean expected = BruteForce.isLinearizable(history);
      Verdict verdict = checker.check(history);

      if (expected) {
        right++;
        assertThat(verdict)
            .as("-Dhistories.seed=%d %s", seed, history.calls())
            .isInstanceOf(Linearizable.class);
      } else {
        wrong++;
        assertThat(verdict)
            .as("-Dhistories.seed=%d %s", seed, history.calls())
            .isInstanceOf(Violated.class);
        Violated violated = (Violated) verdict;
        assertThat(BruteForce.isLinearizable(violated.prefix()))
            .as("-Dhistories.seed=%d, the counterexample: %s", seed, violated.describe())
            .isFalse();
      }
    }
    if (count > 1) {
      assertThat(right).as("histories that are linearizable").isGreaterThan((int) count / 4);
      assertThat(wrong).as("histories that are not").isGreaterThan((int) count / 8);
    }
  }

  @Test
  void shouldKeepAHistoryInAFile() throws Exception {
    Path file = directory.resolve("history");
    for (long seed = 1; seed <= 500; seed++) {
      History history = RandomHistory.of(seed, 12);

      HistoryFile.write(history, file);

      assertThat(HistoryFile.read(file)).isEqualTo(history);
    }
    assertThat(Files.readString(file)).startsWith("seed 500\n");
  }
}
