package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.path.deliver.SyncPlan.SnapshotScope;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SnapshotResume;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each way in which a reader can come, and what it is given. */
class SyncPlannerTest {

  private static final int PAGE_BYTES = 4_096;
  private static final Scope ALL = Operations.ALL;
  private static final Scope ANT = Operations.agent("ant");
  private static final Scope BEE = Operations.agent("bee");
  private static final View VIEW = View.of(Set.of(ALL, ANT, BEE));
  private static final Position NOTHING = Position.newBuilder().setLog(Log.LOG_MAIN).build();

  private final KeyedLog log = new KeyedLog();
  private final SyncPlanner planner = new SyncPlanner(log.log(), PAGE_BYTES);

  /** Operations 1 to 8. */
  @BeforeEach
  void fill() {
    log.put(ALL, "a", "1");
    log.put(ANT, "b", "1");
    log.event(ALL);
    log.put(BEE, "c", "1");
    log.put(ALL, "a", "2");
    log.event(Operations.agent("unseen"));
    log.put(ALL, "a", "1");
    log.event(ANT);
  }

  @Test
  void shouldGiveAReaderThatHasNothingTheDeltaFromTheBeginning() {
    SyncPlan plan = plan(LogResume.newBuilder().setPosition(NOTHING));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(plan.start()).isEqualTo(log.at(0));
    assertThat(plan.target()).isEqualTo(log.head());
    assertThat(plan.head()).isEqualTo(log.head());
    assertThat(plan.bounds()).isEqualTo(DeltaBounds.from(0, 8));
    assertThat(plan.isExact()).isTrue();
    assertThat(plan.missing()).isEqualTo(7);
    assertThat(plan.snapshots()).isEmpty();
  }

  @Test
  void shouldGiveAReaderOfTheSameHistoryTheDelta() {
    SyncPlan plan = plan(LogResume.newBuilder().setPosition(log.at(4)));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(plan.start()).isEqualTo(log.at(4));
    assertThat(plan.target()).isEqualTo(log.head());
    assertThat(plan.bounds()).isEqualTo(DeltaBounds.from(4, 8));
    assertThat(plan.isExact()).isTrue();
    assertThat(plan.missing()).isEqualTo(3);
    assertThat(plan.eventsOnly()).isFalse();
    assertThat(plan.held()).isEqualTo(VIEW);
  }

  @Test
  void shouldFindAReaderCurrentThatMissesNothingOfItsView() {
    View unconcerned = View.of(Set.of(BEE));

    SyncPlan plan = plan(unconcerned, LogResume.newBuilder().setPosition(log.at(4)));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_CURRENT);
    assertThat(plan.start()).isEqualTo(log.at(4));
    assertThat(plan.target()).isEqualTo(log.head());
    assertThat(plan.missing()).isZero();
    assertThat(plan(LogResume.newBuilder().setPosition(log.head())).kind())
        .isEqualTo(Plan.PLAN_CURRENT);
  }

  @Test
  void shouldResumeAnExactDeltaByWhatTheReaderHolds() {
    SyncPlan plan = plan(triple(2, 4, 6, true));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(plan.start()).isEqualTo(log.at(4));
    assertThat(plan.bounds()).isEqualTo(DeltaBounds.resumed(2, 4, 6, 8));
    // Who resumes it in turn cannot be told apart any more.
    assertThat(plan.isExact()).isFalse();
  }

  @Test
  void shouldLeaveNothingOutByValueForAReaderInterruptedTwice() {
    SyncPlan plan = plan(triple(2, 4, 6, false));

    assertThat(plan.bounds()).isEqualTo(DeltaBounds.inexact(4, 8));
    assertThat(plan.isExact()).isFalse();
  }

  @Test
  void shouldTakeADeltaThatReachedItsTargetForWhole() {
    SyncPlan plan = plan(triple(2, 6, 6, true));

    assertThat(plan.bounds()).isEqualTo(DeltaBounds.from(6, 8));
    assertThat(plan.isExact()).isTrue();
  }

  @Test
  void shouldLeaveNothingOutForAReaderThatRefusedOperations() {
    SyncPlan plan = plan(triple(6, 6, 6, false));

    assertThat(plan.bounds()).isEqualTo(DeltaBounds.inexact(6, 8));
    assertThat(plan.isExact()).isFalse();
  }

  @Test
  void shouldRejectATripleWhoseTargetLiesBeyondTheHead() {
    for (long target : new long[] {9, -1}) {
      SyncPlan plan = plan(triple(2, 4, target, true));

      rejected(plan, ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD);
    }
  }

  @Test
  void shouldResumeASnapshotInTheMiddleOfAScope() {
    SyncPlan plan = plan(snapshot(log.at(4), log.at(4), ANT, "b").addScopes(ALL));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.start()).isEqualTo(log.at(4));
    assertThat(plan.target()).isEqualTo(log.at(4));
    assertThat(plan.head()).isEqualTo(log.head());
    assertThat(plan.eventsOnly()).isTrue();
    assertThat(plan.snapshots())
        .containsExactly(new SnapshotScope(ANT, "b", false), SnapshotScope.whole(BEE));
  }

  @Test
  void shouldResumeASnapshotBehindAScopeThatIsComplete() {
    SyncPlan plan = plan(snapshot(log.at(4), log.at(4), ANT, "").addScopes(ALL));

    assertThat(plan.snapshots()).containsExactly(SnapshotScope.whole(BEE));
  }

  @Test
  void shouldResumeASnapshotOfWhichOnlyEventsWereTaken() {
    SyncPlan plan =
        plan(
            LogResume.newBuilder()
                .setPosition(log.at(2))
                .setSnapshot(SnapshotResume.newBuilder().setPosition(log.at(5))));

    assertThat(plan.start()).isEqualTo(log.at(2));
    assertThat(plan.target()).isEqualTo(log.at(5));
    assertThat(plan.snapshots()).extracting(SnapshotScope::scope).containsExactly(ALL, ANT, BEE);
  }

  @Test
  void shouldRejectASnapshotBeyondTheHead() {
    Position beyond = log.head().toBuilder().setOpId(9).build();

    rejected(
        plan(snapshot(log.at(4), beyond, ANT, "")), ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD);
  }

  @Test
  void shouldSendTheKeysOfScopesThatWereAdded() {
    SyncPlan plan = plan(LogResume.newBuilder().setPosition(log.at(4)).addScopes(ALL));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(plan.reason()).contains("Scopes were added");
    assertThat(plan.held()).isEqualTo(View.of(Set.of(ALL)));
    assertThat(plan.view()).isEqualTo(VIEW);
    assertThat(plan.missing()).isEqualTo(2);
    assertThat(plan.snapshots())
        .containsExactly(SnapshotScope.whole(ANT), SnapshotScope.whole(BEE));
  }

  @Test
  void shouldSendEventsOfAddedScopesOnlyFromTheTargetOfASnapshot() {
    LogResume.Builder resume = LogResume.newBuilder().setPosition(log.at(4)).addScopes(ALL);
    resume.addSums(ScopeSums.newBuilder().setScope(ALL).setStateDigest(digest(1)));

    SyncPlan plan = plan(resume);

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.held()).isEqualTo(View.of(Set.of(ALL)));
    assertThat(plan.snapshots()).extracting(SnapshotScope::scope).containsExactly(ALL, ANT, BEE);
  }

  @Test
  void shouldNotCallAReaderCurrentThatAddedAScope() {
    SyncPlan plan = plan(LogResume.newBuilder().setPosition(log.head()).addScopes(ALL));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(plan.missing()).isZero();
  }

  @Test
  void shouldSendNothingOfScopesThatWereDropped() {
    SyncPlan plan =
        plan(
            View.of(Set.of(ANT)),
            LogResume.newBuilder().setPosition(log.at(4)).addScopes(ALL).addScopes(ANT));

    assertThat(plan.view()).isEqualTo(View.of(Set.of(ANT)));
    assertThat(plan.held()).isEqualTo(View.of(Set.of(ANT)));
    assertThat(plan.snapshots()).isEmpty();
    assertThat(plan.missing()).isEqualTo(1);
  }

  @Test
  void shouldReplaceWhatIsOfAnEpochItDoesNotKnow() {
    replaced(plan(resume(log.at(4).toBuilder().setEpoch(0xc))));
  }

  @Test
  void shouldReplaceWhatIsOfAHistoryThatHasParted() {
    replaced(plan(resume(log.at(4).toBuilder().setRunningHash(digest(1)))));
  }

  @Test
  void shouldReplaceASnapshotOfAHistoryThatHasParted() {
    Position parted = log.at(4).toBuilder().setRunningHash(digest(1)).build();

    replaced(plan(snapshot(log.at(2), parted, ANT, "")));
  }

  @Test
  void shouldRejectAnotherSwarmOfThatName() {
    rejected(
        plan(resume(log.at(4).toBuilder().setIncarnation(0xc))),
        ErrorReason.ERROR_REASON_EPOCH_MISMATCH);
  }

  @Test
  void shouldRejectWhatLiesBeyondTheHead() {
    rejected(
        plan(resume(log.head().toBuilder().setOpId(9))),
        ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD);
    rejected(
        plan(resume(log.head().toBuilder().setOpId(-1))),
        ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD);
  }

  @Test
  void shouldSendTheWholeStateWhereTheReadersDiffers() {
    // given
    LogResume.Builder resume = LogResume.newBuilder().setPosition(log.at(4));
    List<ScopeSums> ours = log.log().sums(KeyedLog.SWARM, Log.LOG_MAIN, VIEW, 4);
    resume.addAllSums(ours);

    // when, then
    assertThat(plan(resume).kind()).isEqualTo(Plan.PLAN_DELTA);

    // when
    resume.setSums(1, ours.get(1).toBuilder().setStateDigest(digest(1)));
    SyncPlan plan = plan(resume);

    // then
    assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.reason()).contains("state digest");
    assertThat(plan.start()).isEqualTo(log.at(4));
    assertThat(plan.target()).isEqualTo(log.head());
    assertThat(plan.eventsOnly()).isTrue();
    assertThat(plan.snapshots()).extracting(SnapshotScope::scope).containsExactly(ALL, ANT, BEE);
  }

  @Test
  void shouldNotCompareStateThatAReaderDoesNotKeep() {
    SyncPlan plan =
        plan(
            LogResume.newBuilder()
                .setPosition(log.at(4))
                .addSums(ScopeSums.newBuilder().setScope(ALL).setEventCount(1)));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_DELTA);
  }

  @Test
  void shouldSendTheStateWhereNothingIsLeftOfIt() {
    log.delete(ALL, "a");
    log.delete(ANT, "b");
    log.delete(BEE, "c");

    assertThat(plan(LogResume.newBuilder().setPosition(log.at(8))).kind())
        .isEqualTo(Plan.PLAN_SNAPSHOT);
  }

  @Test
  void shouldPlanAtOnceWhereNothingWasDeleted() {
    Position base = keys(200);
    keys(200);

    assertThat(steps(LogResume.newBuilder().setPosition(base))).isEqualTo(1);
  }

  @Test
  void shouldPlanAtOnceWhereLessWasWrittenThanThereIs() {
    Position base = keys(200);
    for (int i = 0; i < 50; i++) {
      log.delete(ALL, "key" + i);
    }

    assertThat(steps(LogResume.newBuilder().setPosition(base))).isEqualTo(1);
  }

  @Test
  void shouldReadAPageOfTheDeltaPerStepUntilItIsLargerThanTheState() {
    // given
    Position base = keys(2_000);
    for (int i = 0; i < 1_900; i++) {
      log.delete(ALL, "key" + i);
    }
    long stateBytes =
        log.log()
            .keyedBounds(KeyedLog.SWARM, Log.LOG_MAIN, VIEW, 0, log.head().getOpId())
            .stateBytes()
            .orElseThrow();

    // when
    int steps = steps(LogResume.newBuilder().setPosition(base));

    // then not all of them are read
    assertThat(steps).isBetween(2, (int) (stateBytes / PAGE_BYTES) + 2);
  }

  @Test
  void shouldSendTheStateWhereMoreWasDeletedThanIsLeft() {
    // given
    Position base = keys(200);
    for (int i = 0; i < 150; i++) {
      log.delete(ALL, "key" + i);
    }

    // when
    SyncPlan plan = plan(LogResume.newBuilder().setPosition(base));

    // then
    assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.start()).isEqualTo(base);
    assertThat(plan.target()).isEqualTo(log.head());
    assertThat(plan.eventsOnly()).isTrue();
    assertThat(plan.snapshots()).extracting(SnapshotScope::scope).containsExactly(ALL, ANT, BEE);
  }

  @Test
  void shouldSendTheDeltaWhereMoreIsLeftThanWasDeleted() {
    // given
    Position base = keys(200);
    for (int i = 0; i < 80; i++) {
      log.delete(ALL, "key" + i);
    }

    assertThat(plan(LogResume.newBuilder().setPosition(base)).kind()).isEqualTo(Plan.PLAN_DELTA);
  }

  @Test
  void shouldSendTheDeltaWhereTheDeletedKeysWereNeverHeld() {
    // given a reader from before all of them: nothing is sent of keys that came and went
    Position base = log.head();
    keys(200);
    for (int i = 0; i < 190; i++) {
      log.delete(ALL, "key" + i);
    }

    assertThat(plan(LogResume.newBuilder().setPosition(base)).kind()).isEqualTo(Plan.PLAN_DELTA);
  }

  @Test
  void shouldSendTheStateToAReaderCutOffWhileMostWasDeleted() {
    // given
    Position base = keys(200);
    for (int i = 0; i < 180; i++) {
      log.delete(ALL, "key" + i);
    }
    long cursor = base.getOpId() + 10;

    // when
    SyncPlan plan = plan(triple(base.getOpId(), cursor, base.getOpId() + 100, true));

    // then
    assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.start()).isEqualTo(log.at(cursor));
  }

  @Test
  void shouldReplayEverythingToAReaderThatDoesNotSync() {
    SyncPlan plan = replay(log.at(4));
    SyncPlan parted = replay(log.at(4).toBuilder().setEpoch(0xc).build());

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(plan.missing()).isEqualTo(3);
    rejected(parted, ErrorReason.ERROR_REASON_EPOCH_MISMATCH);
  }

  /** Live keys of everybody; answers where they are. */
  private Position keys(int count) {
    for (int i = 0; i < count; i++) {
      log.put(ALL, "key" + i, "value");
    }
    return log.head();
  }

  private SyncPlan plan(LogResume.Builder resume) {
    return plan(VIEW, resume);
  }

  private SyncPlan plan(View view, LogResume.Builder resume) {
    SyncPlanning planning =
        planner.begin(new SyncReader(log.swarm(), Log.LOG_MAIN, view, resume.build(), true, false));
    while (planning.step()) {
      // goes on
    }
    return planning.plan();
  }

  private SyncPlan replay(Position position) {
    LogResume resume = LogResume.newBuilder().setPosition(position).build();
    SyncPlanning planning =
        planner.begin(new SyncReader(log.swarm(), Log.LOG_MAIN, VIEW, resume, false, false));
    assertThat(planning.step()).isFalse();
    return planning.plan();
  }

  /** How many steps it takes to plan. */
  private int steps(LogResume.Builder resume) {
    SyncPlanning planning =
        planner.begin(new SyncReader(log.swarm(), Log.LOG_MAIN, VIEW, resume.build(), true, false));
    int steps = 1;
    while (planning.step()) {
      steps++;
    }
    return steps;
  }

  private static LogResume.Builder resume(Position.Builder position) {
    return LogResume.newBuilder().setPosition(position);
  }

  private LogResume.Builder triple(long base, long cursor, long target, boolean exact) {
    return LogResume.newBuilder()
        .setPosition(log.at(cursor))
        .setTriple(
            ResumeTriple.newBuilder()
                .setBaseOpId(base)
                .setCursorOpId(cursor)
                .setTargetOpId(target)
                .setExact(exact));
  }

  private static LogResume.Builder snapshot(
      Position position, Position at, Scope scope, String lastKey) {
    return LogResume.newBuilder()
        .setPosition(position)
        .setSnapshot(
            SnapshotResume.newBuilder().setPosition(at).setScope(scope).setLastKey(lastKey));
  }

  private void replaced(SyncPlan plan) {
    assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.start()).isEqualTo(log.head());
    assertThat(plan.target()).isEqualTo(log.head());
    assertThat(plan.missing()).isZero();
    assertThat(plan.snapshots()).extracting(SnapshotScope::scope).containsExactly(ALL, ANT, BEE);
  }

  private static void rejected(SyncPlan plan, ErrorReason reason) {
    assertThat(plan.kind()).isEqualTo(Plan.PLAN_REJECT);
    assertThat(plan.refusal()).isNotNull();
    assertThat(plan.refusal().reason()).isEqualTo(reason);
    assertThat(plan.snapshots()).isEmpty();
  }

  private static ByteString digest(int value) {
    byte[] digest = new byte[16];
    digest[15] = (byte) value;
    return ByteString.copyFrom(digest);
  }
}
