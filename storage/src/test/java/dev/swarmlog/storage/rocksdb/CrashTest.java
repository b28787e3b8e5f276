package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.storage.EventLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that writes is killed with SIGKILL, again and again: what it acknowledged is there,
 * unchanged.
 */
final class CrashTest {

  private static final int CYCLES = 6;
  private static final long SEED = 11;

  @TempDir private Path directory;

  @Test
  void shouldLoseNothingThatWasAcknowledged() throws Exception {
    // given
    Random random = new Random(SEED);
    long acknowledged = 0;
    for (int cycle = 0; cycle < CYCLES; cycle++) {
      // when
      acknowledged = killAfter(5 + random.nextInt(60));

      // then
      long atLeast = acknowledged;
      long applied =
          Stores.with(
              directory.resolve("killed"),
              log -> {
                assertThat(log.appliedIndex()).isGreaterThanOrEqualTo(atLeast);
                return log.appliedIndex();
              });
      assertThat(Stores.with(directory.resolve("killed"), Stores::digest))
          .as("seed %d, cycle %d, entry %d", SEED, cycle, applied)
          .isEqualTo(Stores.with(directory.resolve("twin"), log -> caughtUp(log, applied)));
    }
    assertThat(acknowledged).isPositive();
  }

  /** Brings an undisturbed store to the same entry. */
  private static String caughtUp(EventLog log, long applied) {
    Stores.fill(
        log, Stores::compactingEntry, (int) (applied - log.appliedIndex()), /* durable= */ false);
    log.sync();
    return Stores.digest(log);
  }

  /**
   * Runs the writer until it has acknowledged so often, and kills it. Returns the last entry it
   * acknowledged.
   */
  private long killAfter(int acknowledgements) throws IOException, InterruptedException {
    Path output = directory.resolve("acknowledged");
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                CrashingWriter.class.getName(),
                directory.resolve("killed").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(output.toFile())
            .start();
    try {
      await()
          .pollInterval(Duration.ofMillis(5))
          .until(() -> !writer.isAlive() || lines(output).size() >= acknowledgements);
      assertThat(writer.isAlive()).as("the writer goes on until it is killed").isTrue();
    } finally {
      writer.destroyForcibly();
    }
    assertThat(writer.waitFor(10, TimeUnit.SECONDS)).isTrue();
    List<String> lines = lines(output);
    return Long.parseLong(lines.get(lines.size() - 1));
  }

  /** Whole lines only. */
  private static List<String> lines(Path output) throws IOException {
    String text = Files.readString(output);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }
}
