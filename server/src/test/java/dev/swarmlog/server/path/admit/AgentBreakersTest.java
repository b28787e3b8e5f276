package dev.swarmlog.server.path.admit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.v1.AgentBreaker;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.BreakerChange;
import dev.swarmlog.v1.BreakerState;
import dev.swarmlog.v1.ErrorReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When agents are not served, for how long, and how they come back. */
class AgentBreakersTest {

  private static final String SWARM = "hive";
  private static final String AGENT = "ann";
  private static final Duration WAIT = Duration.ofSeconds(5);
  private static final BreakerCause NACKS = BreakerCause.BREAKER_CAUSE_NACKS;

  private final ManualTime time = new ManualTime();
  private final List<String> told = new ArrayList<>();
  private final List<Refusal> refusals = new ArrayList<>();
  private final AgentBreakers breakers = AgentBreakers.of(WAIT, time, this::changed);

  private void changed(
      String swarm,
      String agent,
      BreakerChange change,
      long openedCount,
      @Nullable Refusal refusal) {
    told.add(agent + " " + change.getState() + " " + openedCount);
    if (refusal != null) {
      refusals.add(refusal);
    }
  }

  @Test
  void shouldServeEveryoneAtFirst() {
    assertThat(breakers.refusal(SWARM, AGENT)).isNull();
    assertThat(breakers.inSwarm(SWARM)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "BREAKER_CAUSE_NACKS, 20",
    "BREAKER_CAUSE_VIOLATIONS, 5",
    "BREAKER_CAUSE_RETRIES, 100",
    "BREAKER_CAUSE_REFUSALS, 50"
  })
  void shouldOpenWhenSomethingFailsTooOften(BreakerCause cause, int times) {
    // given
    fail(cause, times - 1);
    assertThat(breakers.refusal(SWARM, AGENT)).isNull();

    // when
    fail(cause, 1);

    // then
    Refusal refusal = breakers.refusal(SWARM, AGENT);
    assertThat(refusal).isNotNull();
    assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_BREAKER_OPEN);
    assertThat(refusal.retryAfter()).isEqualTo(WAIT);
    assertThat(refusal.message())
        .startsWith("Expected agent 'ann' of swarm 'hive'")
        .contains("5000 ms");
    assertThat(told).containsExactly("ann BREAKER_STATE_OPEN 1");
    assertThat(refusals).hasSize(1);
    assertThat(breakers.refusal(SWARM, "ben")).isNull();
    assertThat(breakers.refusal("other", AGENT)).isNull();
    AgentBreaker listed = breakers.inSwarm(SWARM).get(0);
    assertThat(listed.getState()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(listed.getHistory(0).getCause()).isEqualTo(cause);
    assertThat(listed.getRetryAtUnixNano()).isEqualTo(time.unixNs() + WAIT.toNanos());
  }

  @Test
  void shouldNotOpenWhileMoreThanHalfGoesWell() {
    fail(NACKS, 1);
    for (int i = 0; i < 100; i++) {
      breakers.succeeded(SWARM, AGENT, NACKS, 4);
      fail(NACKS, 1);
    }

    assertThat(breakers.refusal(SWARM, AGENT)).isNull();
    assertThat(told).isEmpty();
  }

  @Test
  void shouldNotOpenForWhatFailsNowAndThen() {
    for (int i = 0; i < 100; i++) {
      fail(NACKS, 1);
      time.advance(Duration.ofSeconds(3));
    }

    assertThat(breakers.refusal(SWARM, AGENT)).isNull();
  }

  @Test
  void shouldServeOnTrialAndCloseWhenThatGoesWell() {
    // given
    fail(NACKS, 20);
    time.advance(WAIT.minusNanos(1));
    assertThat(breakers.refusal(SWARM, AGENT)).isNotNull();

    // when
    time.advance(Duration.ofNanos(2));

    // then
    assertThat(breakers.refusal(SWARM, AGENT)).isNull();
    assertThat(breakers.inSwarm(SWARM).get(0).getState())
        .isEqualTo(BreakerState.BREAKER_STATE_HALF_OPEN);
    for (int i = 0; i < 50; i++) {
      assertThat(breakers.refusal(SWARM, AGENT)).as("as often as it asks").isNull();
    }
    breakers.succeeded(SWARM, AGENT, NACKS, 10);
    assertThat(told)
        .containsExactly(
            "ann BREAKER_STATE_OPEN 1",
            "ann BREAKER_STATE_HALF_OPEN 1",
            "ann BREAKER_STATE_CLOSED 1");
    assertThat(breakers.inSwarm(SWARM).get(0).getHistoryList())
        .extracting(BreakerChange::getState)
        .containsExactly(
            BreakerState.BREAKER_STATE_CLOSED,
            BreakerState.BREAKER_STATE_HALF_OPEN,
            BreakerState.BREAKER_STATE_OPEN);
  }

  @Test
  void shouldWaitTwiceAsLongEachTimeTheTrialGoesWrong() {
    Duration expected = WAIT;
    fail(NACKS, 20);
    for (int round = 0; round < 10; round++) {
      Refusal refusal = breakers.refusal(SWARM, AGENT);
      assertThat(refusal).isNotNull();
      assertThat(refusal.retryAfter()).isEqualTo(expected);
      time.advance(expected.plusNanos(1));
      assertThat(breakers.refusal(SWARM, AGENT)).isNull();
      fail(NACKS, 10);
      expected =
          expected.multipliedBy(2).compareTo(CauseBreakers.MAX_WAIT) > 0
              ? CauseBreakers.MAX_WAIT
              : expected.multipliedBy(2);
    }
    // Once it has closed it starts from the beginning.
    time.advance(expected.plusNanos(1));
    assertThat(breakers.refusal(SWARM, AGENT)).isNull();
    breakers.succeeded(SWARM, AGENT, NACKS, 10);
    fail(NACKS, 20);
    assertThat(breakers.refusal(SWARM, AGENT).retryAfter()).isEqualTo(WAIT);
    assertThat(breakers.inSwarm(SWARM).get(0).getHistoryList()).hasSize(20);
    assertThat(breakers.inSwarm(SWARM).get(0).getOpenedCount()).isEqualTo(12);
  }

  @Test
  void shouldStayOpenForOneCauseWhenAnotherIsOnTrial() {
    fail(NACKS, 20);
    time.advance(WAIT.dividedBy(2));
    fail(BreakerCause.BREAKER_CAUSE_VIOLATIONS, 5);
    time.advance(WAIT.dividedBy(2));

    Refusal refusal = breakers.refusal(SWARM, AGENT);

    assertThat(refusal).isNotNull();
    assertThat(refusal.retryAfter()).isEqualTo(WAIT.dividedBy(2));
  }

  @Test
  void shouldNeverOpenWhereNoWaitIsConfigured() {
    AgentBreakers off = AgentBreakers.of(Duration.ZERO, time, this::changed);
    for (int i = 0; i < 1_000; i++) {
      off.failed(SWARM, AGENT, NACKS);
    }

    assertThat(off.refusal(SWARM, AGENT)).isNull();
    assertThat(told).isEmpty();
  }

  @Test
  void shouldForgetWhoFailedFirstWhenThereAreTooMany() {
    fail(NACKS, 20);
    for (int i = 0; i < 10_000; i++) {
      breakers.failed(SWARM, "agent-" + i, NACKS);
    }

    assertThat(breakers.refusal(SWARM, AGENT)).isNull();
  }

  private void fail(BreakerCause cause, int times) {
    for (int i = 0; i < times; i++) {
      breakers.failed(SWARM, AGENT, cause);
    }
  }

  private static final class ManualTime implements TimeSource {
    private long nowNs = 1_000_000_000L;

    void advance(Duration by) {
      nowNs += by.toNanos();
    }

    @Override
    public long unixNs() {
      return 1_767_225_600_000_000_000L + nowNs;
    }

    @Override
    public long monotonicNs() {
      return nowNs;
    }
  }
}
