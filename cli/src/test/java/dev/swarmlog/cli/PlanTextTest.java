package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import org.junit.jupiter.api.Test;

class PlanTextTest {

  private static final LogPlan BEHIND =
      LogPlan.newBuilder()
          .setPlan(Plan.PLAN_SNAPSHOT)
          .setStart(Position.newBuilder().setOpId(3))
          .setTarget(Position.newBuilder().setOpId(1_003))
          .setMissingOperations(1_000)
          .setReason("The keyed state is smaller.")
          .build();

  @Test
  void shouldSayHowFarBehindTheReaderIs() {
    assertThat(PlanText.line(BEHIND))
        .isEqualTo("Plan: snapshot, 1,000 operations behind. The keyed state is smaller.");
  }

  @Test
  void shouldSayThatEventsAreNotRepeatedWhereTheHistoryHasParted() {
    // given
    LogPlan parted =
        BEHIND.toBuilder().setStart(BEHIND.getTarget()).clearMissingOperations().build();

    // then
    assertThat(PlanText.line(parted))
        .contains("snapshot, events before the target are not sent again.")
        .doesNotContain("behind");
  }
}
