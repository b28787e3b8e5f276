package dev.swarmlog.demo.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.demo.display.Board.Health;
import dev.swarmlog.demo.process.Status;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Two agents in two processes. */
class ObservedTest {
  private final Observed observed = new Observed(new int[] {1, 2});

  @Test
  void shouldBeCompleteWhenAllAgentsHaveCaughtUp() {
    // given
    assertThat(observed.isComplete()).isFalse();

    // when
    live("agent-01");
    live("agent-02");

    // then
    assertThat(observed.isComplete()).isTrue();
    assertThat(observed.isRecovered()).isTrue();
    assertThat(observed.agents().get("agent-01").state).isEqualTo("live");
  }

  @Test
  void shouldSeeAKilledAgentReturn() {
    // given
    live("agent-01");
    live("agent-02");

    // when
    observed.killed(2, 4711);

    // then
    assertThat(observed.isRecovered()).isFalse();
    assertThat(observed.agents().get("agent-01").health).isEqualTo(Health.WELL);
    assertThat(observed.agents().get("agent-02").state).isEqualTo("killed (pid 4711)");

    // when
    observed.on(new Status.Connected("agent-02", "delta", 37, 4_083, 4_120));
    observed.on(new Status.CaughtUp("agent-02", 4_120, 37, 0));

    // then
    assertThat(observed.isRecovered()).isTrue();
    assertThat(observed.agents().get("agent-02").health).isEqualTo(Health.RECOVERED);
    assertThat(observed.agents().get("agent-02").state)
        .isEqualTo("caught up 37 of 4,120 by delta, 0 twice");
    assertThat(observed.returned()).isEqualTo("1 caught up 37 to 37 of 4,120 by delta, 0 twice");
  }

  @Test
  void shouldNotTakeTheLastWordsOfASessionForAReturn() {
    // given
    live("agent-01");
    live("agent-02");

    // when
    observed.cutOff();
    observed.on(new Status.CaughtUp("agent-01", 10, 1, 0));

    // then
    assertThat(observed.isRecovered()).isFalse();
    assertThat(observed.agents().get("agent-01").state).isEqualTo("cut off");
  }

  @Test
  void shouldBeSettledWhenAllAreAtTheHead() {
    // given
    observed.on(new Status.Planner(1, 5, 5, 5, 5, 1_000, 10, true));
    observed.on(agents(10, 9));
    assertThat(observed.isSettled()).isFalse();

    // when
    observed.on(agents(10, 10));

    // then
    assertThat(observed.isSettled()).isTrue();
    assertThat(observed.head()).isEqualTo(10);
  }

  @Test
  void shouldTellRatesOverTheLastTwoSeconds() {
    // given
    observed.on(agents(1_000, 1_000));
    observed.sample(0);
    observed.sample(TimeUnit.SECONDS.toNanos(10));
    observed.on(agents(1_500, 1_400));

    // when
    observed.sample(TimeUnit.SECONDS.toNanos(11));

    // then
    assertThat(observed.operationsPerSec()).isEqualTo(500);
    assertThat(observed.appliedPerSec()).isEqualTo(900);
  }

  private void live(String agent) {
    observed.on(new Status.Connected(agent, "current", 0, 0, 0));
    observed.on(new Status.CaughtUp(agent, 0, 0, 0));
  }

  private static Status.Agents agents(long firstOpId, long secondOpId) {
    return new Status.Agents(
        List.of(
            new Status.AgentProgress("agent-01", firstOpId, "live", 0, "00"),
            new Status.AgentProgress("agent-02", secondOpId, "live", 0, "00")),
        "",
        0);
  }
}
