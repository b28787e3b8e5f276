package dev.swarmlog.reliability.faults.growth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.reliability.faults.Distribution;
import dev.swarmlog.reliability.faults.ResultTable;
import dev.swarmlog.reliability.faults.Seed;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A day of steady load, compressed: with cache and write buffers a 64th of what they are, and the
 * log compacted every second, as many flushes and compactions happen in a minute as otherwise in
 * hours. What the coordinator takes up must level off; and where nobody compacts the log, this test
 * must see it grow.
 *
 * <p>{@code -Dfaults.growth.seconds=72} for the short form, which the builds of a busy machine
 * disturb; {@code 1500} for the long one.
 */
class GrowthIT {

  private static final int SECONDS = Integer.getInteger("faults.growth.seconds", 72);

  /** How long it takes to see that a log that nobody compacts grows. */
  private static final int LEAK_SECONDS = 24;

  private static final long SAMPLE_NS = TimeUnit.SECONDS.toNanos(1);

  /** Collecting all garbage disturbs; so it is done once in so many samples. */
  private static final int HEAP_EVERY = 4;

  /** Telemetry is kept for a minute at least, so it has to last some to see that it levels off. */
  private static final int TELEMETRY_SECONDS = 360;

  /** Of each swarm, before the first sample: by then what was filled has been compacted. */
  private static final int WARM_UP_OPERATIONS = 1_000;

  private static final long WARM_UP_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(3);

  /** On a machine that has other things to do it lasts longer, up to so many times. */
  private static final int MOST_TIMES = 4;

  private static final int LEAST_OPERATIONS = 20_000;

  private static final int HEAP_MIB = 144;

  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Dswarmlog.storage.divisor=64",
          "-XX:+UseSerialGC",
          "-Xshare:auto",
          // All of the heap is resident from the start: what comes in addition is native.
          "-XX:+AlwaysPreTouch",
          "-Xms" + HEAP_MIB + "m",
          "-Xmx" + HEAP_MIB + "m");

  private final Seed seed = Seed.of(GrowthIT.class);

  @TempDir private Path folder;

  @Test
  @EnabledIfSystemProperty(
      named = "faults.growth.seconds",
      matches = "[0-9]+",
      disabledReason = "it wants a machine of its own: -Dfaults.growth.seconds=72, or 1500")
  void shouldLevelOff() throws Exception {
    // when
    long startNs = System.nanoTime();
    GrowthSamples samples = run(/* compacts= */ true, SECONDS);

    // then
    List<String> growing = samples.growing();
    ResultTable.add(
        "Growth, a day compressed",
        "%,d operations".formatted(samples.operations()),
        growing.size(),
        seed,
        startNs);
    assertThat(growing).as("%s%n%s", samples.report(), seed.replay()).isEmpty();
  }

  @Test
  void shouldSeeThatTheDiskFillsWhereNobodyCompacts() throws Exception {
    // when
    GrowthSamples samples = run(/* compacts= */ false, LEAK_SECONDS);

    // then
    assertThat(samples.growing())
        .as("%s%n%s", samples.report(), seed.replay())
        .anyMatch(trend -> trend.startsWith(GrowthSamples.DISK));
  }

  private GrowthSamples run(boolean compacts, int seconds) throws Exception {
    assumeTrue(ProcessFigures.missing().isEmpty(), ProcessFigures::missing);
    try (Children children = Distribution.children(folder.resolve("logs"))) {
      CoordinatorProcess coordinator =
          Distribution.coordinator(children, folder.resolve("data"))
              .jvmOptions(JVM_OPTIONS)
              .arguments("--breaker-wait", "0s", "--telemetry-retention", "1m")
              .arguments("--parking-attempts", "2", "--shards", "1")
              .build();
      coordinator.start();
      coordinator.awaitListening();
      ProcessFigures figures = new ProcessFigures(coordinator.pid(), coordinator.dataDirectory());
      GrowthSamples samples = new GrowthSamples(figures, seconds >= TELEMETRY_SECONDS);
      try (GrowthLoad first = load(coordinator, "swarm-0", compacts);
          GrowthLoad second = load(coordinator, "swarm-1", compacts)) {
        List<GrowthLoad> loads = List.of(first, second);
        if (compacts) {
          loads.forEach(GrowthLoad::fill);
        }
        loads.forEach(GrowthLoad::begin);
        awaitWarm(loads);
        long beganNs = System.nanoTime();
        for (int i = 0; i < seconds || isSlow(samples) && i < MOST_TIMES * seconds; i++) {
          awaitTime(beganNs + i * SAMPLE_NS);
          for (GrowthLoad load : loads) {
            load.check();
          }
          samples.take(loads, i % HEAP_EVERY == 0);
        }
        loads.forEach(load -> System.out.println(load.summary()));
        for (GrowthLoad load : loads) {
          // Or it was not what it says it is.
          assertThat(load.guests()).isPositive();
          assertThat(load.purged()).isPositive();
        }
      }
      coordinator.kill();
      System.out.println(samples.report());
      return samples;
    }
  }

  private static boolean isSlow(GrowthSamples samples) {
    return samples.operations() < LEAST_OPERATIONS;
  }

  private GrowthLoad load(CoordinatorProcess coordinator, String swarm, boolean compacts) {
    return new GrowthLoad(coordinator.target(), swarm, compacts, seed.random(swarm.hashCode()));
  }

  private static void awaitWarm(List<GrowthLoad> loads) throws Exception {
    long deadlineNs = System.nanoTime() + WARM_UP_TIMEOUT_NS;
    while (loads.stream().anyMatch(load -> load.published() < WARM_UP_OPERATIONS)) {
      assertThat(System.nanoTime()).as("Expected it to warm up").isLessThan(deadlineNs);
      for (GrowthLoad load : loads) {
        load.check();
      }
      LockSupport.parkNanos(SAMPLE_NS / 10);
    }
  }

  private static void awaitTime(long dueNs) {
    for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
      LockSupport.parkNanos(leftNs);
    }
  }
}
