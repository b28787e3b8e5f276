package dev.swarmlog.server.path.admit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.RateGate.Amount;
import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.server.path.admit.RateGate.Listener;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rates over random limits, group sizes and numbers of publishers, on a virtual clock: in no window
 * more than burst + rate * window, and where there is demand at least 95 % of what is allowed.
 *
 * <p>{@code -Dswarmlog.seed=N} runs one seed.
 */
class RateAccuracyTest {

  private static final int CONFIGURATIONS = 150;
  private static final int MOST_PASSES = 3_000;
  private static final double ENOUGH = 0.95;
  private static final long MS = 1_000_000;

  static LongStream seeds() {
    Long seed = Long.getLong("swarmlog.seed");
    return seed != null ? LongStream.of(seed) : LongStream.range(0, CONFIGURATIONS);
  }

  @ParameterizedTest(name = "-Dswarmlog.seed={0}")
  @MethodSource("seeds")
  void shouldLetPassWhatIsAllowedAndNoMore(long seed) {
    // given limits, and publishers that always want more
    Random random = new Random(seed);
    VirtualTime time = new VirtualTime(() -> random.nextInt(3) == 0 ? random.nextLong(4 * MS) : 0);
    RateLimits limits = limits(random);
    RateGate gate =
        RateGate.of(
            Limits.defaults().with("ratePatience", Duration.ofDays(10_000)),
            s -> limits,
            time,
            time);
    Terms swarm = Terms.of(limits.getSwarm());
    Terms agent = Terms.of(limits.getAgent(0).getLimit());
    Passed together = new Passed();
    List<Publisher> publishers = new ArrayList<>();
    double bytesPerOperation = spread(random, 20, 1_000);
    int streams = 1 + random.nextInt(6);
    for (int i = 0; i < streams; i++) {
      publishers.add(
          new Publisher("p" + random.nextInt(4), gate, time, together, bytesPerOperation, random));
    }
    long beganNs = time.monotonicNs();

    // when
    publishers.forEach(Publisher::ask);
    while (together.passes.size() < MOST_PASSES
        && time.monotonicNs() - beganNs < Duration.ofDays(1_000).toNanos()) {
      time.advance(1 + random.nextLong(50 * MS) * (1 + random.nextInt(100)));
    }

    // then
    long nowNs = time.monotonicNs();
    together.shouldBeWithin(swarm, "swarm");
    Map<String, List<Publisher>> byName =
        publishers.stream().collect(Collectors.groupingBy(each -> each.name));
    byName.forEach((name, streamsOfIt) -> Passed.of(streamsOfIt).shouldBeWithin(agent, name));
    long ns = together.passes.get(together.passes.size() - 1).atNs() - beganNs;
    double operations =
        together.operations()
            / Math.min(
                allowed(swarm.operations(), ns), byName.size() * allowed(agent.operations(), ns));
    double bytes =
        together.bytes()
            / Math.min(allowed(swarm.bytes(), ns), byName.size() * allowed(agent.bytes(), ns));
    assertThat(Math.max(operations, bytes))
        .as(
            "part of what is allowed that was used, in %d s by %d: %s",
            ns / 1_000_000_000, byName.size(), limits)
        .isGreaterThan(ENOUGH);
    assertThat(time.set()).as("alarms").isLessThanOrEqualTo(1);
  }

  /** Some of what can be limited is. */
  private static RateLimits limits(Random random) {
    RateLimits.Builder limits = RateLimits.newBuilder();
    boolean ofSwarm = random.nextInt(3) > 0;
    boolean ofAgent = !ofSwarm || random.nextInt(3) > 0;
    RateLimit.Builder none = RateLimit.newBuilder();
    return limits
        .setSwarm(ofSwarm ? limit(random) : none)
        .addAgent(
            TopicRateLimit.newBuilder()
                .setTopic(random.nextBoolean() ? Topic.TOPIC_COMMANDS : Topic.TOPIC_UNSPECIFIED)
                .setLimit(ofAgent ? limit(random) : none))
        .build();
  }

  private static RateLimit.Builder limit(Random random) {
    RateLimit.Builder limit = RateLimit.newBuilder();
    boolean operations = random.nextInt(3) > 0;
    if (operations) {
      long perSecond = spread(random, Rate.MIN_OPERATIONS, Rate.MAX_OPERATIONS);
      limit.setOperationsPerSecond(perSecond);
      if (random.nextBoolean()) {
        limit.setOperationsBurst(
            spread(
                random, Rate.smallestBurst(perSecond), mostBurst(perSecond, Rate.MAX_OPERATIONS)));
      }
    }
    if (!operations || random.nextBoolean()) {
      long perSecond = spread(random, Rate.MIN_BYTES, Rate.MAX_BYTES);
      limit.setBytesPerSecond(perSecond);
      if (random.nextBoolean()) {
        limit.setBytesBurst(
            spread(
                random,
                Math.max(Rate.MIN_BYTES, Rate.smallestBurst(perSecond)),
                mostBurst(perSecond, Rate.MAX_BYTES)));
      }
    }
    assertThat(RateLimitRules.check(RateLimits.newBuilder().setSwarm(limit).build())).isNull();
    return limit;
  }

  /** What flows in within so short a time that the run shows more than the first burst. */
  private static long mostBurst(long perSecond, long max) {
    return Math.min(max, 20 * perSecond);
  }

  /** Of every order of magnitude as often. */
  private static long spread(Random random, long min, long max) {
    double logarithm = Math.log(min) + random.nextDouble() * (Math.log(max) - Math.log(min));
    return Math.max(min, Math.min(max, Math.round(Math.exp(logarithm))));
  }

  private static double allowed(@Nullable Rate rate, long ns) {
    return rate == null ? Double.MAX_VALUE : rate.burst() + (double) rate.perSecond() * ns / 1e9;
  }

  private record Pass(long atNs, int operations, long bytes) {}

  /** What has passed, in order. */
  private static final class Passed {

    private final List<Pass> passes = new ArrayList<>();

    static Passed of(List<Publisher> publishers) {
      Passed all = new Passed();
      publishers.forEach(each -> all.passes.addAll(each.own.passes));
      all.passes.sort(Comparator.comparingLong(Pass::atNs));
      return all;
    }

    void shouldBeWithin(Terms terms, String whose) {
      shouldBeWithin(terms.operations(), passes.stream().mapToLong(Pass::operations), whose);
      shouldBeWithin(terms.bytes(), passes.stream().mapToLong(Pass::bytes), whose);
    }

    /**
     * Every window that begins with one pass and ends with another: with s the sum before and t the
     * time, s(end) - s(begin) <= burst + rate * (t(end) - t(begin)), so s - rate * t must never
     * rise by more than the burst.
     */
    private void shouldBeWithin(@Nullable Rate rate, LongStream amounts, String whose) {
      if (rate == null) {
        return;
      }
      long[] each = amounts.toArray();
      double lowest = Double.MAX_VALUE;
      double sum = 0;
      long firstNs = passes.isEmpty() ? 0 : passes.get(0).atNs();
      for (int i = 0; i < each.length; i++) {
        double flowed = (double) rate.perSecond() * (passes.get(i).atNs() - firstNs) / 1e9;
        lowest = Math.min(lowest, sum - flowed);
        sum += each[i];
        assertThat(sum - flowed - lowest)
            .as("%s within a window that ends with pass %d, by %s", whose, i, rate)
            .isLessThanOrEqualTo(rate.burst() + Math.max(1e-6, 1e-9 * sum));
      }
    }

    double operations() {
      return passes.stream().mapToDouble(Pass::operations).sum();
    }

    double bytes() {
      return passes.stream().mapToDouble(Pass::bytes).sum();
    }
  }

  /** A stream that asks again as soon as it has passed. */
  private static final class Publisher implements Listener {

    private final String name;
    private final RateGate gate;
    private final VirtualTime time;
    private final Passed together;
    private final Passed own = new Passed();
    private final Random random;
    private final long mostOperations;
    private final double bytesPerOperation;
    private Pass wanted = new Pass(0, 0, 0);
    private boolean passing;
    private boolean again;

    Publisher(
        String name,
        RateGate gate,
        VirtualTime time,
        Passed together,
        double bytesPerOperation,
        Random random) {
      this.name = name;
      this.gate = gate;
      this.time = time;
      this.together = together;
      this.random = random;
      this.bytesPerOperation = bytesPerOperation;
      RateGate.Most most = gate.most("s", Topic.TOPIC_COMMANDS);
      this.mostOperations =
          Math.max(1, Math.min(most.operations(), (long) (most.bytes() / bytesPerOperation)));
    }

    void ask() {
      // A loop, as a pass at once would ask within the one before.
      again = true;
      if (passing) {
        return;
      }
      passing = true;
      while (again && together.passes.size() < MOST_PASSES) {
        again = false;
        int operations = (int) spread(random, 1, mostOperations);
        long bytes = Math.max(1, (long) (operations * bytesPerOperation));
        wanted = new Pass(0, operations, bytes);
        gate.ask(
            new Demand(
                "s",
                name,
                Log.LOG_MAIN,
                Map.of(Topic.TOPIC_COMMANDS, new Amount(operations, bytes)),
                operations,
                bytes,
                time.monotonicNs(),
                false),
            this);
      }
      passing = false;
    }

    @Override
    public void passed() {
      Pass pass = new Pass(time.monotonicNs(), wanted.operations(), wanted.bytes());
      own.passes.add(pass);
      together.passes.add(pass);
      ask();
    }

    @Override
    public void refused(Refusal refusal) {
      throw new AssertionError(refusal.message());
    }
  }
}
