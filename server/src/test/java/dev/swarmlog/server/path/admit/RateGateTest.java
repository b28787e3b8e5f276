package dev.swarmlog.server.path.admit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.RateGate.Amount;
import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.server.path.admit.RateGate.Ticket;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RateGateTest {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final VirtualTime time = new VirtualTime();
  private final Map<String, RateLimits> inForce = new HashMap<>();
  private final List<String> answers = new ArrayList<>();
  private final List<Refusal> refusals = new ArrayList<>();
  private RateGate gate = gate(Limits.defaults());

  @Test
  void shouldTakeFromAllBucketsOrFromNone() {
    // given a swarm with room for one more than the agent
    limit(swarm(ops(10)), agent(Topic.TOPIC_COMMANDS, ops(5)), agent(Topic.TOPIC_ALERTS, ops(1)));
    ask("a", "a", 5);
    ask(
        "both",
        "b",
        Log.LOG_MAIN,
        Map.of(Topic.TOPIC_COMMANDS, new Amount(3, 30), Topic.TOPIC_ALERTS, new Amount(1, 10)));

    // when the swarm lacks one
    ask(
        "waits",
        "c",
        Log.LOG_MAIN,
        Map.of(Topic.TOPIC_COMMANDS, new Amount(1, 1), Topic.TOPIC_ALERTS, new Amount(1, 1)));
    assertThat(answers).containsExactly("a passed", "both passed");
    time.advance(SECOND / 10);

    // then
    assertThat(answers).contains("waits passed");
  }

  @Test
  void shouldServePublishersInTurnAndLetNobodyOvertake() {
    // given
    limit(swarm(ops(10)));
    ask("first", 10);

    // when one publisher has three waiting, a large one first, and another comes after it
    ask("a1", "a", 4);
    ask("a2", "a", 1);
    ask("a3", "a", 1);
    ask("b1", "b", 1);
    time.advance(2 * SECOND);

    // then
    assertThat(answers)
        .containsExactly("first passed", "a1 passed", "b1 passed", "a2 passed", "a3 passed");
  }

  @Test
  void shouldLetOthersPassWhileAPublisherWaitsForItsOwn() {
    // given
    limit(swarm(ops(100)), agent(Topic.TOPIC_COMMANDS, ops(1)));
    ask("a1", "a", 1);
    ask("a2", "a", 1);

    // when
    ask("b1", "b", 1);

    // then
    assertThat(answers).containsExactly("a1 passed", "b1 passed");
  }

  @Test
  void shouldLetMainGoBeforeTelemetry() {
    // given
    limit(swarm(ops(10)));
    ask("all", 10);

    // when
    ask("telemetry", "t", Log.LOG_TELEMETRY, Map.of(Topic.TOPIC_TELEMETRY, new Amount(1, 1)));
    ask("command", "c", 1);
    ask("control", "c", Log.LOG_CONTROL, Map.of(Topic.TOPIC_CONTROL, new Amount(5, 5)));
    time.advance(SECOND);

    // then
    assertThat(answers)
        .containsExactly("all passed", "control passed", "command passed", "telemetry passed");
  }

  @Test
  void shouldRefuseBeyondPatienceAndSayWhenToComeAgain() {
    // given
    limit(swarm(ops(1).setOperationsBurst(100)));
    ask("all", 100);

    // when
    ask("long", 20);
    time.advance(5 * SECOND - 1);
    assertThat(answers).containsExactly("all passed");
    time.advance(1);

    // then
    assertThat(answers).containsExactly("all passed", "long refused");
    Refusal refusal = refusals.get(0);
    assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_RATE_LIMITED);
    assertThat(refusal.retryAfter())
        .isBetween(Duration.ofMillis(14_999), Duration.ofMillis(15_001));
    assertThat(gate.figures("s").getRefusedCount()).isEqualTo(1);
  }

  @Test
  void shouldNeverRefuseAStreamWhoseGroupsEachWaitLess() {
    // given one stream, a hundred times as fast as its limit
    limit(agent(Topic.TOPIC_COMMANDS, ops(1)));

    // when
    for (int i = 0; i < 100; i++) {
      ask("g" + i, 1);
      time.advance(SECOND);
    }

    // then
    assertThat(answers).hasSize(100).allMatch(answer -> answer.endsWith(" passed"));
  }

  @Test
  void shouldAskAgainWhenALimitIsLoweredBelowItsUse() {
    // given
    limit(swarm(ops(100)));
    ask("all", 100);
    ask("large", 60);
    ask("small", "b", 2);

    // when
    limit(swarm(ops(10)));

    // then what never fits any more is refused, and the rest waits by the new limit
    assertThat(answers).containsExactly("all passed", "large refused");
    assertThat(refusals.get(0).reason()).isEqualTo(ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE);
    assertThat(gate.figures("s").getRefusedCount()).isEqualTo(refusals.size());
    time.advance(SECOND / 5 - 1);
    assertThat(answers).hasSize(2);
    time.advance(2_000_000);
    assertThat(answers).containsExactly("all passed", "large refused", "small passed");
  }

  @Test
  void shouldGiveNothingAwayWhenALimitIsRaised() {
    // given
    limit(swarm(ops(10)));
    ask("all", 10);

    // when
    limit(swarm(ops(1_000)));
    ask("more", 1_000);
    time.advance(SECOND / 2);
    assertThat(answers).containsExactly("all passed");
    time.advance(SECOND / 2);

    // then
    assertThat(answers).containsExactly("all passed", "more passed");
  }

  @Test
  void shouldForgetWhoLeaves() {
    // given
    limit(swarm(ops(1)));
    ask("all", 1);
    Ticket ticket = ask("leaves", 1);
    ask("stays", "b", 1);

    // when
    ticket.withdraw();
    ticket.withdraw();
    time.advance(SECOND);

    // then
    assertThat(answers).containsExactly("all passed", "stays passed");
    assertThat(gate.figures("s").getWaitingCount()).isZero();
    assertThat(time.set()).isZero();
  }

  @Test
  void shouldBoundWhoWaitsWithoutAStream() {
    // given
    gate = gate(Limits.defaults().with("maxWaitingPublishesPerSwarm", 2));
    limit(swarm(ops(1)));
    ask("all", 1);

    // when
    askAlone("one");
    askAlone("two");
    askAlone("three");

    // then
    assertThat(answers).containsExactly("all passed", "three refused");
    assertThat(refusals.get(0).reason()).isEqualTo(ErrorReason.ERROR_REASON_RATE_LIMITED);
    time.advance(SECOND);
    assertThat(answers).contains("one passed");
    askAlone("four");
    assertThat(gate.figures("s").getWaitingCount()).isEqualTo(2);
  }

  @Test
  void shouldForgetOnlyBucketsThatAreFull() {
    // given as many publishers as are remembered, all with empty buckets
    int remembered = 10;
    gate = gate(Limits.defaults().with("maxRateBucketsPerSwarm", remembered));
    limit(agent(Topic.TOPIC_COMMANDS, ops(1)));
    for (int i = 0; i < remembered; i++) {
      ask("p" + i, "p" + i, 1);
    }

    // when another comes
    ask("late", "late", 1);

    // then it waits until one of them is full again, and none gets a second bucket
    assertThat(answers).hasSize(remembered).doesNotContain("late passed");
    ask("again", "p0", 1);
    assertThat(answers).hasSize(remembered);
    time.advance(SECOND + SECOND / 5);
    assertThat(answers).contains("late passed", "again passed");
  }

  @Test
  void shouldLimitEachTopicOfAnAgentByItself() {
    // given
    limit(
        agent(Topic.TOPIC_UNSPECIFIED, ops(1)), agent(Topic.TOPIC_ALERTS, RateLimit.newBuilder()));

    // when
    ask("c1", "a", Log.LOG_MAIN, Map.of(Topic.TOPIC_COMMANDS, new Amount(1, 1)));
    ask("r1", "a", Log.LOG_MAIN, Map.of(Topic.TOPIC_RECONCILIATION, new Amount(1, 1)));
    for (int i = 0; i < 5; i++) {
      ask("alert", "a", Log.LOG_MAIN, Map.of(Topic.TOPIC_ALERTS, new Amount(9, 9)));
    }
    ask("c2", "a", Log.LOG_MAIN, Map.of(Topic.TOPIC_COMMANDS, new Amount(1, 1)));

    // then
    assertThat(answers).hasSize(7).contains("c1 passed", "r1 passed").doesNotContain("c2 passed");
  }

  @Test
  void shouldChangeNothingInAnotherSwarm() {
    // given
    limit(swarm(ops(1)));
    inForce.put("other", RateLimits.newBuilder().setSwarm(ops(1)).build());
    ask("all", 1);
    ask("waits", 1);

    // when
    gate.ask(demand("other", "a", false), listener("other"));

    // then
    assertThat(answers).containsExactly("all passed", "other passed");
    assertThat(gate.figures("other")).isEqualTo(RateLimitFigures.getDefaultInstance());
  }

  @Test
  void shouldTakeLimitsOutOfBoundsForTheBounds() {
    // given what no coordinator of this version lets in
    limit(
        swarm(ops(0).setBytesPerSecond(-1)),
        agent(Topic.TOPIC_COMMANDS, ops(-1).setOperationsBurst(0)),
        agent(Topic.TOPIC_COMMANDS, RateLimit.newBuilder().setBytesBurst(-5)),
        RateLimits.newBuilder().addAgent(TopicRateLimit.newBuilder().setTopicValue(77)));

    // when
    ask("one", 1);
    ask("two", 1);
    time.advance(SECOND);

    // then
    assertThat(answers).containsExactly("one passed", "two passed");
  }

  @Test
  void shouldRefuseWhoWaitsWhenTheCoordinatorStops() {
    // given
    limit(swarm(ops(1)));
    ask("all", 1);
    ask("waits", 1);

    // when
    gate.stopWaiting();
    ask("late", 1);

    // then
    assertThat(answers).containsExactly("all passed", "waits refused", "late refused");
    assertThat(refusals)
        .allMatch(refusal -> refusal.reason() == ErrorReason.ERROR_REASON_SHUTTING_DOWN);
  }

  @Test
  void shouldForgetWaitsAfterAMinute() {
    // given
    limit(swarm(ops(1)));
    ask("all", 1);
    ask("waits", 1);
    time.advance(SECOND);
    assertThat(gate.figures("s").getWaitedCount()).isEqualTo(1);
    assertThat(gate.figures("s").getWaitedLongestMs()).isEqualTo(1_000);

    // when
    time.advance(60 * SECOND);

    // then
    assertThat(gate.figures("s")).isEqualTo(RateLimitFigures.getDefaultInstance());
  }

  private RateGate gate(Limits limits) {
    return RateGate.of(
        limits, name -> inForce.getOrDefault(name, RateLimits.getDefaultInstance()), time, time);
  }

  private static RateLimit.Builder ops(long perSecond) {
    return RateLimit.newBuilder().setOperationsPerSecond(perSecond);
  }

  private static RateLimits.Builder swarm(RateLimit.Builder limit) {
    return RateLimits.newBuilder().setSwarm(limit);
  }

  private static RateLimits.Builder agent(Topic topic, RateLimit.Builder limit) {
    return RateLimits.newBuilder()
        .addAgent(TopicRateLimit.newBuilder().setTopic(topic).setLimit(limit));
  }

  private void limit(RateLimits.Builder... parts) {
    RateLimits.Builder all = RateLimits.newBuilder();
    for (RateLimits.Builder part : parts) {
      all.mergeFrom(part.build());
    }
    inForce.put("s", all.build());
    gate.limitsChanged("s");
  }

  private Ticket ask(String what, int operations) {
    return ask(what, "a", operations);
  }

  private Ticket ask(String what, String publisher, int operations) {
    return ask(
        what,
        publisher,
        Log.LOG_MAIN,
        Map.of(Topic.TOPIC_COMMANDS, new Amount(operations, operations)));
  }

  private Ticket ask(String what, String publisher, Log log, Map<Topic, Amount> byTopic) {
    Amount all = byTopic.values().stream().reduce(new Amount(0, 0), Amount::plus);
    return gate.ask(
        new Demand(
            "s", publisher, log, byTopic, all.operations(), all.bytes(), time.monotonicNs(), false),
        listener(what));
  }

  private void askAlone(String what) {
    gate.ask(demand("s", "a", true), listener(what));
  }

  private Demand demand(String swarm, String publisher, boolean alone) {
    return new Demand(
        swarm,
        publisher,
        Log.LOG_MAIN,
        Map.of(Topic.TOPIC_COMMANDS, new Amount(1, 1)),
        1,
        1,
        time.monotonicNs(),
        alone);
  }

  private RateGate.Listener listener(String what) {
    return new RateGate.Listener() {
      @Override
      public void passed() {
        answers.add(what + " passed");
      }

      @Override
      public void refused(Refusal refusal) {
        answers.add(what + " refused");
        refusals.add(refusal);
      }
    };
  }
}
