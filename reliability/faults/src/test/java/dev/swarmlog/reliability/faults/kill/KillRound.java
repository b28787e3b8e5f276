package dev.swarmlog.reliability.faults.kill;

import dev.swarmlog.demo.process.Child;
import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.reliability.faults.Distribution;
import dev.swarmlog.reliability.faults.load.SwarmLoad;
import dev.swarmlog.reliability.faults.load.Violations;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One data directory whose coordinator is killed a number of times, under load and while it starts;
 * then everything is compared. Belongs to one thread.
 */
final class KillRound {
  private static final int MAX_SHARDS = 3;
  private static final int SWARMS = 2;
  private static final int PRODUCERS_PER_SWARM = 3;
  private static final int AGENTS_PER_SWARM = 2;
  private static final int MAX_ACKS_PER_LIFE = 250;
  private static final int MAX_MS_PER_LIFE = 250;
  private static final long PATIENCE_MS = 60_000;
  private static final long LOOK_EVERY_MS = 3;

  private final Path folder;
  private final int kills;
  private final Random random;
  private final Violations violations;
  private long startMs = 1_000;
  private int duringStart;
  private long acknowledged;
  private long inFlight;
  private long askedAgain;

  KillRound(Path folder, int kills, Random random, Violations violations) {
    this.folder = folder;
    this.kills = kills;
    this.random = random;
    this.violations = violations;
  }

  void run() throws IOException, InterruptedException {
    try (Children children = Distribution.children(folder.resolve("logs"))) {
      CoordinatorProcess coordinator =
          Distribution.coordinator(children, folder.resolve("data"))
              .arguments("--shards", Integer.toString(1 + random.nextInt(MAX_SHARDS)))
              .build();
      SwarmLoad load =
          new SwarmLoad(
              coordinator.target(),
              SWARMS,
              PRODUCERS_PER_SWARM,
              AGENTS_PER_SWARM,
              folder.resolve("cursors"),
              random,
              violations);
      try {
        load.start();
        for (int kill = 0; kill < kills; kill++) {
          live(coordinator, load);
          coordinator.kill();
        }
        start(coordinator, load);
        load.finishAndCheck();
        coordinator.stop();
        int exitCode = coordinator.awaitExitCode(PATIENCE_MS);
        if (exitCode != 0) {
          violations.add("Expected a stop to end with 0, but %s", coordinator.end());
        }
      } catch (IOException e) {
        violations.add("%s", e.getMessage());
      } finally {
        acknowledged = load.acknowledged();
        askedAgain = load.askedAgain();
        load.close();
      }
    }
  }

  /** Lets a coordinator live until it is to be killed: serving, or still starting. */
  private void live(CoordinatorProcess coordinator, SwarmLoad load)
      throws IOException, InterruptedException {
    if (random.nextInt(4) == 0) {
      duringStart++;
      coordinator.start();
      // Beyond the usual time at times: just as it begins to serve.
      endsWithin(coordinator, random.nextInt((int) (startMs * 5 / 4)));
      return;
    }
    start(coordinator, load);
    if (random.nextInt(6) == 0) {
      load.reopenAnAgent();
    }
    if (random.nextInt(3) == 0) {
      endsWithin(coordinator, random.nextInt(MAX_MS_PER_LIFE));
    } else {
      awaitAcks(coordinator, load, load.acknowledged() + 1 + random.nextInt(MAX_ACKS_PER_LIFE));
    }
    inFlight += load.inFlight();
  }

  private void start(CoordinatorProcess coordinator, SwarmLoad load)
      throws IOException, InterruptedException {
    long startNs = System.nanoTime();
    coordinator.start();
    coordinator.awaitListening();
    startMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
    load.coordinatorIsBack();
  }

  private void awaitAcks(CoordinatorProcess coordinator, SwarmLoad load, long enough)
      throws IOException, InterruptedException {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    while (load.acknowledged() < enough) {
      if (System.nanoTime() > deadlineNs) {
        violations.add("Expected %d acknowledged groups, but got %d", enough, load.acknowledged());
        return;
      }
      endsWithin(coordinator, LOOK_EVERY_MS);
    }
  }

  /** Waits for a while; a coordinator that ends by itself is not what is tested. */
  private static void endsWithin(CoordinatorProcess coordinator, long ms)
      throws IOException, InterruptedException {
    Child process = coordinator.process();
    if (process != null && process.awaitEnd(ms)) {
      throw new IOException("Expected the coordinator to run, but " + coordinator.end());
    }
  }

  /** How many of the kills hit a coordinator that may not have served yet. */
  int duringStart() {
    return duringStart;
  }

  long acknowledged() {
    return acknowledged;
  }

  /** Groups that had been sent and not answered, over all kills. */
  long inFlight() {
    return inFlight;
  }

  long askedAgain() {
    return askedAgain;
  }
}
