package dev.swarmlog.reliability.faults.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.reliability.faults.Distribution;
import dev.swarmlog.reliability.faults.ResultTable;
import dev.swarmlog.reliability.faults.Seed;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A device that fails a flush or a write from the n-th one on (C11): nothing is acknowledged any
 * more, the process ends with exit code 17 and one clear message, and everything acknowledged is
 * there at the next start. {@code strace} has the system calls of a real coordinator fail.
 */
class FsyncErrorIT {
  /** How many random faults, besides the first of each kind. */
  private static final int RANDOM_FAULTS = Integer.getInteger("faults.fsync.errors", 1);

  private static final int EXIT_CODE = 17;
  private static final long PATIENCE_MS = 60_000;
  private static final int MAX_FAULT_NUMBER = 60;
  private static final String SHARD = "shard-0000/rocksdb";
  private static final String TELEMETRY = "telemetry/rocksdb";
  private static final String MARK = "shard-0000/durable-mark";

  /** The first of a log is made by the start, the writer's first creates the swarm. */
  private static final int FIRST_GROUP = 2;

  private final Seed seed = Seed.of(FsyncErrorIT.class);
  private Children children;

  @TempDir private Path folder;

  /**
   * One system call on one file of the data directory that fails from the n-th on.
   *
   * @param file the first write-ahead log of an instance, or a mark
   */
  private record Fault(String call, String file, int number) {

    CoordinatorProcess.Builder onto(CoordinatorProcess.Builder coordinator, Path data) {
      return coordinator.wrapper(
          "strace",
          "--seccomp-bpf",
          "-f",
          "-qq",
          "-o",
          data + ".trace",
          "-P",
          data.resolve(file).toString(),
          "-e",
          "trace=" + call,
          "-e",
          "inject=%s:error=EIO:when=%d+".formatted(call, number));
    }

    @Override
    public String toString() {
      return "%s of %s, number %d".formatted(call, file, number);
    }
  }

  @BeforeAll
  static void requireStrace() throws Exception {
    Process strace;
    try {
      strace =
          new ProcessBuilder("strace", "--seccomp-bpf", "-f", "-qq", "true")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      assumeTrue(false, "strace is not there: " + e.getMessage());
      return;
    }
    assumeTrue(
        strace.waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS) && strace.exitValue() == 0,
        "strace may not trace here");
  }

  @BeforeEach
  void begin() throws Exception {
    children = Distribution.children(folder.resolve("logs"));
    CoordinatorProcess unharmed = coordinator(folder.resolve("unharmed")).name("unharmed").build();
    unharmed.start();
    unharmed.awaitListening();
    unharmed.kill();
  }

  /** The write-ahead log of an instance that has just been created, as seen on one. */
  private String firstLog(String database) throws IOException {
    Path unharmed = folder.resolve("unharmed");
    try (Stream<Path> files = Files.list(unharmed.resolve(database))) {
      List<String> logs =
          files
              .filter(file -> file.toString().endsWith(".log"))
              .map(file -> unharmed.relativize(file).toString())
              .toList();
      assertThat(logs).hasSize(1);
      return logs.get(0);
    }
  }

  @AfterEach
  void end() {
    children.close();
  }

  @Test
  void shouldEndWithAClearMessageAndNothingAcknowledgedAfterAnError() throws Exception {
    long startNs = System.nanoTime();
    Random random = seed.random(1);
    List<Fault> faults = new ArrayList<>();
    String log = firstLog(SHARD);
    faults.add(new Fault("fdatasync", log, FIRST_GROUP));
    faults.add(new Fault("fdatasync", MARK, 1));
    faults.add(new Fault("pwrite64", MARK, 2 + random.nextInt(MAX_FAULT_NUMBER)));
    faults.add(new Fault("write", log, 2 + random.nextInt(MAX_FAULT_NUMBER)));
    faults.add(new Fault("fdatasync", firstLog(TELEMETRY), 2 + random.nextInt(5)));
    for (int i = 0; i < RANDOM_FAULTS; i++) {
      faults.add(new Fault("fdatasync", log, 2 + random.nextInt(MAX_FAULT_NUMBER)));
    }
    // The first one alone fails before anything can be acknowledged.
    fail(faults.get(0), 0, /* acknowledges= */ false);
    for (int i = 1; i < faults.size(); i++) {
      fail(faults.get(i), i, /* acknowledges= */ true);
    }
    ResultTable.add("C11, EIO", faults.size() + " faults", 0, seed, startNs);
  }

  private void fail(Fault fault, int round, boolean acknowledges) throws Exception {
    Path data = folder.resolve("data-" + round);
    CoordinatorProcess failing =
        fault.onto(coordinator(data).name("failing-" + round), data).build();
    failing.start();
    failing.awaitListening();
    try (DiskLoad load = new DiskLoad(failing.target(), "fleet", seed.random(round))) {
      // when
      while (failing.isAlive() && load.published() < 2_000) {
        var unused = load.publish(Topic.TOPIC_COMMANDS, 100);
        unused = load.publish(Topic.TOPIC_CONTROL, 100);
        load.measure(100);
        load.awaitRoom(4, failing::isAlive);
      }
      int exitCode = failing.awaitExitCode(PATIENCE_MS);

      // then
      assertThat(exitCode).as("%s: %s", fault, failing.log()).isEqualTo(EXIT_CODE);
      assertClear(failing.log(), fault);
      assertInjected(data, fault);
      if (!acknowledges) {
        // What is acknowledged before its flush would be here: it is in the log all the same.
        assertThat(load.acknowledged()).isZero();
      }

      // and everything acknowledged is there, where it was acknowledged to be
      CoordinatorProcess again = coordinator(data).name("again").port(failing.port()).build();
      again.start();
      again.awaitListening();
      load.checkAll();
      again.kill();
    }
  }

  private CoordinatorProcess.Builder coordinator(Path data) {
    return Distribution.coordinator(children, data)
        .arguments("--shards", "1", "--disk-reserve", "0MiB");
  }

  /** One message, for a person. */
  private static void assertClear(String log, Fault fault) {
    List<String> told = log.lines().filter(line -> line.startsWith("swarmlog: ")).toList();
    assertThat(told).as("%s: %s", fault, log).hasSize(1);
    assertThat(told.get(0)).contains("Expected", "start it again");
    assertThat(log).as(fault.toString()).doesNotContain("\tat ");
  }

  /** It ended because of this fault, not because of something else. */
  private static void assertInjected(Path data, Fault fault) throws IOException {
    assertThat(Files.readString(Path.of(data + ".trace")))
        .as(fault.toString())
        .contains("INJECTED");
  }
}
