package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.sdk.SyncReport;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HorizonResultTest {

  private static final HorizonWorkload WORKLOAD = new HorizonWorkload(1_000, 10, 256, 1);
  private static final Set<String> SET = Set.of("a", "b");
  private static final Set<String> DELETED = Set.of("c");
  private static final Coming FRESH = coming(1_000, SET, DELETED, true, report(1_000, 0));

  @Test
  void shouldBeCorrectWhereExactlyWhatDifferedWasSent() {
    HorizonResult result = result(coming(50, SET, DELETED, true, report(0, 2)));

    assertThat(result.correct()).isTrue();
    assertThat(result.map())
        .containsEntry("keysSent", 2L)
        .containsEntry("extraKeys", 0L)
        .containsEntry("bytes", 50L)
        .containsEntry("snapshotBytes", 1_000L)
        .containsEntry("bytesRatio", 0.05)
        .containsEntry("correct", true);
  }

  @Test
  void shouldNotBeCorrectWhereMoreWasSentThanDiffered() {
    HorizonResult result = result(coming(50, SET, DELETED, true, report(0, 5)));

    assertThat(result.correct()).isFalse();
    assertThat(result.map()).containsEntry("extraKeys", 3L).containsEntry("wrongStates", 0L);
    assertThat(result.lines()).contains("  FAILED       3 of the keys sent did not differ");
  }

  @Test
  void shouldNotBeCorrectWhereOtherKeysWereSet() {
    Coming other = coming(50, Set.of("a", "x"), DELETED, true, report(0, 2));

    assertThat(result(other).correct()).isFalse();
  }

  @Test
  void shouldNotBeCorrectWhereADeletedKeyStayed() {
    assertThat(result(coming(50, SET, Set.of(), true, report(0, 2))).correct()).isFalse();
  }

  @Test
  void shouldNotBeCorrectWhereAnotherStateIsHeld() {
    HorizonResult result = result(coming(50, SET, DELETED, false, report(0, 2)));

    assertThat(result.correct()).isFalse();
    assertThat(result.map()).containsEntry("wrongStates", 1L);
    assertThat(result.lines())
        .contains("  FAILED       somebody was not given exactly what was missing");
  }

  @Test
  void shouldNotBeCorrectWhereSumsDiffer() {
    SyncReport mismatch = report(Plan.PLAN_SNAPSHOT, 0, 2, List.of("wrong"));

    assertThat(result(coming(50, SET, DELETED, true, mismatch)).correct()).isFalse();
  }

  @Test
  void shouldNotBeCorrectWhereItCameBackByADelta() {
    SyncReport delta = report(Plan.PLAN_DELTA, 0, 2, List.of());

    assertThat(result(coming(50, SET, DELETED, true, delta)).correct()).isFalse();
  }

  private static HorizonResult result(Coming returned) {
    KeyedState.Change change = new KeyedState.Change(List.of(), SET, DELETED);
    return new HorizonResult(WORKLOAD, List.of(new HorizonResult.Round(change, returned, FRESH)));
  }

  private static Coming coming(
      long bytes, Set<String> set, Set<String> deleted, boolean holdsAll, SyncReport report) {
    return new Coming(1_000_000, 0, bytes, set, deleted, report, holdsAll);
  }

  private static SyncReport report(long received, long paged) {
    return report(Plan.PLAN_SNAPSHOT, received, paged, List.of());
  }

  private static SyncReport report(Plan plan, long received, long paged, List<String> mismatches) {
    Position position = Position.getDefaultInstance();
    return new SyncReport(
        Log.LOG_MAIN, position, position, plan, false, received, paged, 0, 0, 0, 0, mismatches);
  }
}
