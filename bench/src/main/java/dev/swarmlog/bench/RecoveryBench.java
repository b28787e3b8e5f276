package dev.swarmlog.bench;

import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** One run of the recovery bench. Used once, by one thread. */
final class RecoveryBench {

  private static final double NANOS_PER_MS = 1e6;
  private static final double BYTES_PER_MIB = 1 << 20;
  private static final long CHUNK = 500_000;

  /** How much is published before each kill: what lies in write buffers then differs. */
  private static final int LEAST_BEFORE_KILL = 1_000;

  private static final int MOST_BEFORE_KILL = 150_000;
  private static final long TIMEOUT_NS = TimeUnit.MINUTES.toNanos(5);
  private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private final RecoveryWorkload workload;
  private final Path directory;
  private final Path log;
  private final List<String> javaOptions;
  private final List<String> settings;
  private final Consumer<String> progress;
  private final Random random;

  /** When an operation was first delivered since this was set to 0. */
  private final AtomicLong deliveredNs = new AtomicLong();

  /**
   * @param directory for the data of the coordinator
   * @param log for what it says
   */
  RecoveryBench(
      RecoveryWorkload workload,
      Path directory,
      Path log,
      List<String> javaOptions,
      List<String> settings,
      Consumer<String> progress) {
    this.workload = workload;
    this.directory = directory;
    this.log = log;
    this.javaOptions = javaOptions;
    this.settings = settings;
    this.progress = progress;
    this.random = new Random(workload.seed());
  }

  RecoveryResult run() throws Exception {
    List<RecoveryResult.Stored> measured = new ArrayList<>();
    ServedDirectory served = ServedDirectory.start(directory, log, javaOptions, settings);
    try (MixedLoad load =
            new MixedLoad(served.target(), workload.swarms(), workload.payloadBytes());
        SwarmAgent agent =
            SwarmAgent.builder(served.target(), MixedOperations.swarm(0), "agent")
                .on(
                    Topic.TOPIC_COMMANDS,
                    operation -> deliveredNs.compareAndSet(0, System.nanoTime()))
                .start()) {
      for (long operations : workload.operations()) {
        fill(load, operations);
        List<RecoveryResult.Restart> restarts = new ArrayList<>();
        for (int i = 0; i <= workload.restarts(); i++) {
          progress.accept(
              "%,d operations stored: restart %d of %d"
                  .formatted(load.acknowledged(), i, workload.restarts()));
          Kill kill = killUnderLoad(served, load);
          FirstAck ack = FirstAck.lookOut(served.port(), MixedOperations.swarm(0));
          served = served.startAgain();
          forgetDeliveriesBefore(served.readyNs());
          RecoveryResult.Restart restart = restart(served, ack, load, kill);
          // The first one finds a client that has never reconnected.
          if (i > 0) {
            restarts.add(restart);
          }
        }
        measured.add(new RecoveryResult.Stored(load.acknowledged(), storedMiB(), restarts));
      }
    } finally {
      served.close();
    }
    return new RecoveryResult(workload, measured);
  }

  /**
   * What was going on at a kill.
   *
   * @param walMiB of write-ahead logs that it left
   */
  private record Kill(double walMiB, List<Future<?>> loads) {}

  private void fill(MixedLoad load, long operations) throws Exception {
    long chunk = Math.max(CHUNK, 100L * workload.swarms());
    for (long left = operations - load.acknowledged(); left > 0; ) {
      progress.accept("storing %,d operations: %,d".formatted(operations, load.acknowledged()));
      load.fill(Math.min(chunk, left));
      left = operations - load.acknowledged();
    }
  }

  private Kill killUnderLoad(ServedDirectory served, MixedLoad load) throws Exception {
    long from = load.acknowledged();
    int most = (int) Math.min(MOST_BEFORE_KILL, workload.operations().get(0));
    long until = from + LEAST_BEFORE_KILL + random.nextInt(most);
    List<Future<?>> loads = load.begin();
    await("operations to be acknowledged", () -> load.acknowledged() >= until);
    served.kill();
    load.end();
    load.awaitFirstAck();
    return new Kill(walMiB(), loads);
  }

  /** What the agent still held from before the kill it went on handing over. */
  private void forgetDeliveriesBefore(long readyNs) {
    deliveredNs.updateAndGet(at -> at - readyNs < 0 ? 0 : at);
  }

  private RecoveryResult.Restart restart(
      ServedDirectory served, FirstAck ack, MixedLoad load, Kill kill) throws Exception {
    long ackNs = ack.await();
    double cpuMs = served.cpu().toNanos() / NANOS_PER_MS;
    for (Future<?> ended : kill.loads()) {
      ended.get();
    }
    await("an operation to be delivered", () -> deliveredNs.get() != 0);
    long startedNs = served.startedNs();
    return new RecoveryResult.Restart(
        (served.readyNs() - startedNs) / NANOS_PER_MS,
        (ackNs - startedNs) / NANOS_PER_MS,
        cpuMs,
        (load.firstAckNs() - startedNs) / NANOS_PER_MS,
        (deliveredNs.get() - startedNs) / NANOS_PER_MS,
        kill.walMiB(),
        served.parts());
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(String what, Condition condition) {
    long deadlineNs = System.nanoTime() + TIMEOUT_NS;
    while (!condition.holds()) {
      if (System.nanoTime() > deadlineNs) {
        throw new IllegalStateException("Expected " + what + " within 5 minutes, but in vain");
      }
      LockSupport.parkNanos(POLL_NS);
    }
  }

  private double walMiB() throws IOException {
    return mib(file -> file.getFileName().toString().endsWith(".log"));
  }

  private double storedMiB() throws IOException {
    return mib(file -> true);
  }

  private double mib(java.util.function.Predicate<Path> counted) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).filter(counted).toList()) {
        try {
          bytes += Files.size(file);
        } catch (NoSuchFileException e) {
          // A compaction has just removed it.
          bytes += 0;
        }
      }
    }
    return bytes / BYTES_PER_MIB;
  }
}
