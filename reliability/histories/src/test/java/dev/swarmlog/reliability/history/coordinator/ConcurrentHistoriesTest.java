package dev.swarmlog.reliability.history.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.reliability.history.Answer;
import dev.swarmlog.reliability.history.Call;
import dev.swarmlog.reliability.history.History;
import dev.swarmlog.reliability.history.HistoryFile;
import dev.swarmlog.reliability.history.LinearizabilityChecker;
import dev.swarmlog.reliability.history.Request;
import dev.swarmlog.reliability.history.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What clients see of a real coordinator at the same time is what a log shows that does one thing
 * at a time: while connections are cut, and while the coordinator is stopped, killed and loses
 * power, over RocksDB and in memory.
 *
 * <p>{@code -Dhistories.count=N} runs more; {@code -Dhistories.seed=N} runs one. How threads
 * interleave is not repeated by a seed: a history that fails is written to a file, which {@code
 * -Dhistories.file=FILE} checks again.
 */
final class ConcurrentHistoriesTest {

  private static final int COUNT = Integer.getInteger("histories.count", 200);
  private static final long FIRST_SEED = Long.getLong("histories.seed", 1);

  /** One of so many lies on disk. */
  private static final int ON_DISK_EVERY = 5;

  private final LinearizabilityChecker checker = new LinearizabilityChecker();

  @TempDir private Path directory;

  @BeforeAll
  static void beQuietAboutCutConnections() {
    QuietTransport.quiet();
  }

  @Test
  void shouldBeLinearizable() throws Exception {
    if (System.getProperty("histories.file") != null) {
      check(HistoryFile.read(Path.of(System.getProperty("histories.file"))), FIRST_SEED);
      return;
    }
    long count = Long.getLong("histories.seed") == null ? COUNT : 1;
    int calls = 0;
    int unknown = 0;
    int reads = 0;
    long startNs = System.nanoTime();
    long checkNs = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
      History history = run(seed);
      long checkedFromNs = System.nanoTime();
      check(history, seed);
      checkNs += System.nanoTime() - checkedFromNs;
      calls += history.calls().size();
      unknown += (int) history.calls().stream().filter(ConcurrentHistoriesTest::isUnknown).count();
      reads +=
          (int)
              history.calls().stream()
                  .filter(call -> !(call.request() instanceof Request.Publish))
                  .count();
    }
    System.out.printf(
        "Histories: %d from seed %d, %d calls, %d of them reads, %d publishes of unknown outcome, %.1f s, of which %.1f s to check%n",
        count,
        FIRST_SEED,
        calls,
        reads,
        unknown,
        (System.nanoTime() - startNs) / 1e9,
        checkNs / 1e9);
    if (count >= 20) {
      assertThat(unknown).as("publishes of unknown outcome").isGreaterThan((int) count / 2);
    }
  }

  private static boolean isUnknown(Call call) {
    return call.request() instanceof Request.Publish && call.answer() instanceof Answer.Unknown;
  }

  private History run(long seed) throws Exception {
    Optional<Path> store =
        seed % ON_DISK_EVERY == 0 ? Optional.of(directory.resolve("" + seed)) : Optional.empty();
    return ConcurrentHistory.run(
        seed, store, Optional.empty(), (int) (seed / 2 % 3), List.of(Machine.End.values()));
  }

  private void check(History history, long seed) throws Exception {
    Verdict verdict = checker.check(history);
    if (!(verdict instanceof Verdict.Linearizable)) {
      Path file = Files.createDirectories(Path.of("target", "histories")).resolve("seed-" + seed);
      HistoryFile.write(history, file);
      throw new AssertionError(
          """
          Expected a linearizable history of seed %d, but %s
          The history lies in %s. Check it again:
            mvn -pl reliability/histories -am test -Dtest=ConcurrentHistoriesTest -Dsurefire.failIfNoSpecifiedTests=false -Dhistories.file=%s
          Run the seed again, with another interleaving:
            mvn -pl reliability/histories -am test -Dtest=ConcurrentHistoriesTest -Dsurefire.failIfNoSpecifiedTests=false -Dhistories.seed=%d"""
              .formatted(
                  seed,
                  verdict instanceof Verdict.Violated violated
                      ? violated.describe()
                      : "it was not decided: " + verdict,
                  file.toAbsolutePath(),
                  file.toAbsolutePath(),
                  seed));
    }
  }
}
