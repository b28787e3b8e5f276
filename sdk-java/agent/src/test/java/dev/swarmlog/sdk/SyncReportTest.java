package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SyncReceipt;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyncReportTest {
  private static final Position FROM = Notation.position("main@5");
  private static final Position TARGET = Notation.position("main@23");

  @Test
  void shouldSayInOneLineWhatADeltaBroughtAndWhatItLeftOut() {
    // given
    SyncProgress sync = SyncProgress.fellBehind(FROM, TARGET);
    sync.delivered(8);
    sync.receipt(
        SyncReceipt.newBuilder()
            .setTarget(TARGET)
            .setSentCount(8)
            .setSupersededCount(6)
            .setNetZeroCount(3)
            .setExpiredCount(1)
            .build());
    // when
    String text = sync.report(List.of()).toString();
    // then
    assertThat(text)
        .isEqualTo(
            "main 5 -> 23 by delta, exact: 8 received, 0 redundant, 6 superseded, 3 net zero, 1 expired, no mismatch");
  }

  @Test
  void shouldSayInOneLineWhatDiffersAfterASnapshotOfAnotherHistory() {
    // given
    Position target = Notation.position("main@3/2");
    SyncProgress sync =
        SyncProgress.of(
            LogPlan.newBuilder().setPlan(Plan.PLAN_SNAPSHOT).setTarget(target).build(), FROM, null);
    sync.paged(40);
    sync.applied(2);
    sync.receipt(SyncReceipt.newBuilder().setTarget(target).setSnapshotCount(41).build());
    // when
    String text = sync.report(List.of("commands for all: it differs")).toString();
    // then
    assertThat(text)
        .isEqualTo(
            "main 5 -> 3 of another history by snapshot, not exact: 0 received and 40 in pages, 2 redundant,"
                + " 0 superseded, 0 net zero, 0 expired, mismatch: commands for all: it differs;"
                + " Expected 41 operations in pages of keyed state, but 40 came");
  }
}
