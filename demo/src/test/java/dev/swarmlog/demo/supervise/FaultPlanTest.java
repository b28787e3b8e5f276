package dev.swarmlog.demo.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.demo.supervise.FaultPlan.Action;
import dev.swarmlog.demo.supervise.FaultPlan.State;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
  private final FaultPlan plan = new FaultPlan();

  @Test
  void shouldKillAnAgentProcessAndThenTheCoordinator() {
    assertThat(plan.next(0.34, 9, true)).isEqualTo(Action.NOTHING);
    assertThat(plan.next(0.35, 9, true)).isEqualTo(Action.KILL_AGENTS);
    assertThat(plan.isDisturbed()).isTrue();
    assertThat(plan.next(0.40, 9, false)).isEqualTo(Action.NOTHING);
    assertThat(plan.next(0.42, 9, true)).isEqualTo(Action.NOTHING);
    assertThat(plan.isDisturbed()).isFalse();
    assertThat(plan.next(0.50, 9, true)).isEqualTo(Action.KILL_COORDINATOR);
    assertThat(plan.next(0.55, 9, false)).isEqualTo(Action.NOTHING);
    assertThat(plan.next(0.60, 9, true)).isEqualTo(Action.NOTHING);
    assertThat(plan.state()).isEqualTo(State.OVER);
    assertThat(plan.next(0.60, 9, true)).isEqualTo(Action.NOTHING);
  }

  @Test
  void shouldWaitUntilSomethingIsInFlight() {
    assertThat(plan.next(0.35, 0, true)).isEqualTo(Action.NOTHING);
    assertThat(plan.next(0.36, 1, true)).isEqualTo(Action.KILL_AGENTS);
    assertThat(plan.next(0.50, 0, true)).isEqualTo(Action.NOTHING);
    assertThat(plan.next(0.51, 1, true)).isEqualTo(Action.KILL_COORDINATOR);
  }

  @Test
  void shouldKillTheCoordinatorInTimeEvenIfAgentsAreSlowToReturn() {
    assertThat(plan.next(0.35, 9, true)).isEqualTo(Action.KILL_AGENTS);
    assertThat(plan.next(0.61, 9, false)).isEqualTo(Action.NOTHING);
    assertThat(plan.next(0.62, 9, false)).isEqualTo(Action.KILL_COORDINATOR);
  }
}
