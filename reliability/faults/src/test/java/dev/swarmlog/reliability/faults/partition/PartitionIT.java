package dev.swarmlog.reliability.faults.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.reliability.faults.Distribution;
import dev.swarmlog.reliability.faults.ResultTable;
import dev.swarmlog.reliability.faults.Seed;
import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.sdk.SwarmPublisher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Agents are cut off from a coordinator that is a process of its own, by links that carry nothing,
 * one way or both, flap, or break at one end only; several at once, while everybody publishes, logs
 * are compacted beyond where the agents stand, and the coordinator is killed. When a partition has
 * healed, what its agent holds must be a full replay of the log, it must have been sent no more
 * than that took, and nobody else must have noticed.
 */
class PartitionIT {
  /** How many partitions; the soak has more. */
  private static final int PARTITIONS = Integer.getInteger("faults.partitions", 20);

  private static final int AGENTS = 8;
  private static final int MOST_CHECKS = 4;
  private static final int MOST_AT_ONCE = 4;
  private static final int COMPACTS_ONE_WAVE_IN = 3;
  private static final int KILLS_ONE_WAVE_IN = 4;
  private static final int RESTARTS_ONE_IN = 4;

  /** From healing to holding everything: the longest backoff of an SDK, 30 s, and time to sync. */
  private static final Duration CONVERGENCE = Duration.ofSeconds(45);

  /** The same where somebody has to find out by 20 s of silence, and a Hello without an answer. */
  private static final Duration CONVERGENCE_BY_SILENCE = Duration.ofSeconds(75);

  /** From publish to apply, of whom nothing separates; less than half of the longest outage. */
  private static final long PUNCTUAL_MS = 10_000;

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(1);
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  /** A partition of an agent that has not converged yet. */
  private record Outage(PartitionedAgent agent, Partition partition, long[] healedAtNs) {
    @Override
    public String toString() {
      return "%s of %s".formatted(partition, agent.name());
    }

    boolean isLong() {
      return partition.kind().isLong();
    }

    Duration bound() {
      return isLong() ? CONVERGENCE_BY_SILENCE : CONVERGENCE;
    }
  }

  private final Seed seed = Seed.of(PartitionIT.class);
  private final long beganNs = System.nanoTime();
  private final List<String> violations = new ArrayList<>();
  private final ConcurrentLinkedQueue<Throwable> broken = new ConcurrentLinkedQueue<>();
  private final Map<PartitionKind, Integer> kinds = new EnumMap<>(PartitionKind.class);
  private final Map<PartitionedAgent, Outage> outages = new LinkedHashMap<>();
  private final List<PartitionKind> deck = new ArrayList<>();
  // One thread each: what is published, what goes wrong with links, and what takes its time.
  private final ScheduledExecutorService trafficClock = Executors.newScheduledThreadPool(1);
  private final ScheduledExecutorService punctualClock = Executors.newScheduledThreadPool(1);
  private final ScheduledExecutorService linkClock = Executors.newScheduledThreadPool(1);
  private final ScheduledExecutorService processClock = Executors.newScheduledThreadPool(1);

  private CoordinatorProcess coordinator;
  private PartitionFleet fleet;
  private Punctuality bystander;
  private Punctuality elsewhere;
  private long slowestMs;
  private int begun;
  private int compactions;
  private int kills;
  private int restarts;

  @Test
  void shouldHoldAFullReplayAfterEachPartition() throws Exception {
    try (Children children = Distribution.children(folder.resolve("logs"))) {
      coordinator = Distribution.coordinator(children, folder.resolve("data")).build();
      coordinator.start();
      coordinator.awaitListening();
      // given
      try (PartitionFleet started =
              new PartitionFleet(
                  coordinator.target(),
                  coordinator.port(),
                  AGENTS,
                  folder,
                  seed.random(0),
                  trafficClock);
          Punctuality here =
              new Punctuality(
                  coordinator.target(),
                  PartitionFleet.SWARM,
                  "bystander",
                  started.published(),
                  punctualClock);
          Punctuality there =
              new Punctuality(
                  coordinator.target(), "calm", "neighbour", new Published(), punctualClock)) {
        fleet = started;
        bystander = here;
        elsewhere = there;
        fleet.traffic().goOn();

        // when
        for (int wave = 0; begun < PARTITIONS; wave++) {
          partition(wave, seed.random(1 + wave));
          converge(false);
        }
        converge(true);

        // then
        checkTheRest();
        report();
      } finally {
        List.of(trafficClock, punctualClock, linkClock, processClock)
            .forEach(ScheduledExecutorService::shutdownNow);
      }
    }
    assertThat(broken).as("steps of the test that failed").isEmpty();
    assertThat(violations).as("violations; again: %s", seed.replay()).isEmpty();
  }

  /** Cuts off some agents at once, and heals the short ones. */
  private void partition(int wave, Random random) throws Exception {
    List<PartitionedAgent> free = new ArrayList<>(fleet.agents());
    free.removeAll(outages.keySet());
    Collections.shuffle(free, random);
    int count =
        Math.min(Math.min(1 + random.nextInt(MOST_AT_ONCE), free.size()), PARTITIONS - begun);
    List<Outage> wavesOutages = new ArrayList<>();
    int longestMs = 0;
    for (PartitionedAgent agent : free.subList(0, count)) {
      Outage outage = new Outage(agent, Partition.draw(nextKind(random), random), new long[1]);
      outages.put(agent, outage);
      wavesOutages.add(outage);
      begun++;
      if (!outage.isLong()) {
        longestMs = Math.max(longestMs, outage.partition().lastsMs());
      }
    }
    CountDownLatch over =
        new CountDownLatch((int) wavesOutages.stream().filter(o -> !o.isLong()).count());
    for (Outage outage : wavesOutages) {
      begin(outage, over, random);
    }
    boolean kills = wave % KILLS_ONE_WAVE_IN == KILLS_ONE_WAVE_IN - 1;
    if (kills) {
      after(processClock, longestMs / 3, this::killCoordinator);
    }
    if (wave % COMPACTS_ONE_WAVE_IN == 1) {
      // On this thread: the mirror belongs to it.
      CountDownLatch halfTime = new CountDownLatch(1);
      after(linkClock, longestMs / 2, halfTime::countDown);
      assertThat(halfTime.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      readLogs();
      unlessAway(() -> fleet.mirror().compact());
      compactions++;
    }
    assertThat(over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("healed").isTrue();
  }

  private PartitionKind nextKind(Random random) {
    if (deck.isEmpty()) {
      deck.addAll(List.of(PartitionKind.values()));
      Collections.shuffle(deck, random);
      // Long ones begin early, and others go on meanwhile.
      deck.sort((one, other) -> Boolean.compare(one.isLong(), other.isLong()));
    }
    PartitionKind kind = deck.remove(deck.size() - 1);
    kinds.merge(kind, 1, Integer::sum);
    return kind;
  }

  private void begin(Outage outage, CountDownLatch over, Random random) {
    PartitionedAgent agent = outage.agent();
    System.out.printf("%5d ms  %s: %s%n", elapsedMs(), agent, outage.partition());
    after(linkClock, 0, () -> outage.partition().begin(agent.link(), linkClock));
    if (random.nextInt(RESTARTS_ONE_IN) == 0) {
      restarts++;
      after(processClock, outage.partition().lastsMs() / 2, agent::restart);
    }
    after(
        linkClock,
        outage.partition().lastsMs(),
        () -> {
          outage.partition().heal(agent.link());
          outage.healedAtNs()[0] = System.nanoTime();
          if (!outage.isLong()) {
            over.countDown();
          }
        });
  }

  private void killCoordinator() throws Exception {
    long fromNs = System.nanoTime();
    coordinator.kill();
    coordinator.start();
    coordinator.awaitListening();
    kills++;
    // Whoever is connected finds its way back after a backoff.
    long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PUNCTUAL_MS);
    bystander.excuse(fromNs, untilNs);
    elsewhere.excuse(fromNs, untilNs);
  }

  private void readLogs() {
    unlessAway(() -> fleet.mirror().read());
  }

  /** Takes a step, again if the coordinator was away. */
  private static void unlessAway(Runnable step) {
    await()
        .atMost(PATIENCE)
        .pollInterval(LOOK_EVERY)
        .ignoreException(RetryableException.class)
        .until(
            () -> {
              step.run();
              return true;
            });
  }

  private interface Step {
    void run() throws Exception;
  }

  private void after(ScheduledExecutorService clock, int ms, Step step) {
    clock.schedule(() -> guarded(step), ms, TimeUnit.MILLISECONDS);
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (Exception | AssertionError e) {
      broken.add(e);
    }
  }

  /** Waits until those that have healed have converged, or all, and checks them. */
  private void converge(boolean all) throws Exception {
    if (all) {
      await()
          .atMost(PATIENCE)
          .pollInterval(LOOK_EVERY)
          .until(() -> outages.values().stream().allMatch(outage -> outage.healedAtNs()[0] != 0));
    }
    fleet.traffic().pause();
    fleet.published().await(List.of(fleet.planner()), PATIENCE);
    readLogs();
    List<PartitionedAgent> awaited = new ArrayList<>(fleet.agents());
    awaited.removeIf(
        agent -> !all && outages.containsKey(agent) && !hasConverged(outages.get(agent)));
    awaited.forEach(agent -> awaitThrough(agent, outages.remove(agent)));
    // What agents could not publish comes now.
    fleet.published().await(awaited.stream().map(PartitionedAgent::publisher).toList(), PATIENCE);
    violations.addAll(check(awaited));
    fleet.traffic().goOn();
  }

  /**
   * Holds agents against the logs. Whoever is cut off may come back meanwhile and publish what it
   * could not: then the logs that were read are not those that the agents have. What is wrong is
   * wrong again the next time.
   */
  private List<String> check(List<PartitionedAgent> agents) throws Exception {
    List<String> found = new ArrayList<>();
    for (int i = 0; i == 0 || i < MOST_CHECKS && !found.isEmpty(); i++) {
      found.clear();
      readLogs();
      for (PartitionedAgent agent : agents) {
        awaitThrough(agent, null);
        found.addAll(fleet.check(agent));
      }
    }
    return found;
  }

  /** Whether it has, or will now: it has healed, and nobody has to find out by silence. */
  private boolean hasConverged(Outage outage) {
    return !outage.isLong()
        || (outage.healedAtNs()[0] != 0 && outage.agent().isThrough(fleet.mirror().logs()));
  }

  /** Waits until an agent has applied all of its view, from the end of its outage or from now. */
  private void awaitThrough(PartitionedAgent agent, @Nullable Outage outage) {
    long fromNs = outage == null ? System.nanoTime() : outage.healedAtNs()[0];
    Duration bound = outage == null ? CONVERGENCE : outage.bound();
    Duration left = bound.minusNanos(System.nanoTime() - fromNs);
    try {
      await()
          .pollInterval(LOOK_EVERY)
          .atMost(left.compareTo(LEAST_PATIENCE) > 0 ? left : LEAST_PATIENCE)
          .until(() -> agent.isThrough(fleet.mirror().logs()));
      slowestMs = Math.max(slowestMs, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - fromNs));
    } catch (ConditionTimeoutException e) {
      violations.add(
          "Expected %s to converge within %s after %s, but it is %s"
              .formatted(agent, bound, outage, agent.state()));
    }
  }

  private void checkTheRest() throws Exception {
    fleet.traffic().pause();
    punctualClock.shutdown();
    assertThat(punctualClock.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    List<SwarmPublisher> everybody =
        new ArrayList<>(List.of(fleet.planner(), bystander.publisher()));
    fleet.agents().forEach(agent -> everybody.add(agent.publisher()));
    fleet.published().await(everybody, PATIENCE);
    readLogs();
    violations.addAll(fleet.mirror().findings());
    violations.addAll(fleet.published().compare(fleet.mirror().logs()));
    for (Punctuality punctual : List.of(bystander, elsewhere)) {
      assertThat(punctual.count()).isPositive();
      if (punctual.slowestMs() > PUNCTUAL_MS) {
        violations.add(
            "Expected those that nothing separates to get everything within %d ms, but it took %d ms"
                .formatted(PUNCTUAL_MS, punctual.slowestMs()));
      }
    }
  }

  private void report() throws Exception {
    System.out.printf(
        "%s; %d operations, %d deltas checked, slowest convergence %d ms, others at most %d and %d ms%n",
        kinds,
        fleet.mirror().main().size(),
        fleet.deltas(),
        slowestMs,
        bystander.slowestMs(),
        elsewhere.slowestMs());
    ResultTable.add(
        "C5, partitions",
        "%d partitions; %d with a compaction, %d kills of the coordinator, %d restarts of agents, %d syncs"
            .formatted(begun, compactions, kills, restarts, fleet.deltas()),
        violations.size(),
        seed,
        beganNs);
  }

  private long elapsedMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
  }
}
