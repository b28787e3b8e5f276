package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.path.deliver.SyncPlan.SnapshotScope;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.LostEvents;
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

/** What readers of an epoch that ended are given. */
class EpochPlanTest {

  private static final long ENDED = 0xb;
  private static final long FORK = 4;
  private static final Scope ALL = Operations.ALL;
  private static final Scope ANT = Operations.agent("ant");
  private static final View VIEW = View.of(Set.of(ALL, ANT));

  private final KeyedLog log = new KeyedLog();
  private final SyncPlanner planner = new SyncPlanner(log.log(), 4_096);

  /** Operations 1 to 4 in the epoch that ended, 5 to 8 in the one in force. */
  @BeforeEach
  void fill() {
    log.put(ALL, "a", "1");
    log.event(ALL);
    log.put(ANT, "b", "1");
    log.event(ANT);
    log.startEpoch(0xe);
    log.put(ALL, "a", "2");
    log.event(ALL);
    log.event(ANT);
    log.put(ANT, "b", "2");
  }

  @Test
  void shouldGoOnAtTheForkAndBelow() {
    for (long opId = 0; opId <= FORK; opId++) {
      SyncPlan plan = plan(resume(ended(opId)));

      assertThat(plan.kind()).isEqualTo(Plan.PLAN_DELTA);
      assertThat(plan.start()).isEqualTo(log.at(opId));
      assertThat(plan.start().getEpoch()).isEqualTo(0xe);
      assertThat(plan.target()).isEqualTo(log.head());
      assertThat(plan.bounds()).isEqualTo(DeltaBounds.from(opId, 8));
      assertThat(plan.isExact()).isTrue();
      assertThat(plan.reason()).contains("another epoch");
      assertThat(plan.amiss().parted()).isFalse();
    }
  }

  @Test
  void shouldGoOnWithAnInterruptedDeltaWhoseTargetIsInTheLog() {
    SyncPlan plan = plan(resume(ended(2)).setTriple(triple(1, 2, FORK)));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(plan.start()).isEqualTo(log.at(2));
    assertThat(plan.bounds()).isEqualTo(DeltaBounds.resumed(1, 2, FORK, 8));
  }

  @Test
  void shouldReplaceWhatIsHeldOfKeysWhereThatIsNotKnown() {
    // A key that it refused may have been superseded by an operation that is lost.
    SyncPlan plan =
        plan(
            resume(ended(2))
                .setTriple(ResumeTriple.newBuilder(triple(2, 2, FORK)).setExact(false)));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.start()).isEqualTo(log.at(2));
    assertThat(plan.snapshots()).extracting(SnapshotScope::scope).containsExactly(ALL, ANT);
    assertThat(plan.amiss().parted()).isFalse();
  }

  @Test
  void shouldReplaceWhatADeltaToALostTargetLeft() {
    // Of keys between cursor and target it holds what nobody can tell any more.
    SyncPlan plan = plan(resume(ended(2)).setTriple(triple(1, 2, FORK + 1)));

    assertReplaced(plan, 2);
  }

  @Test
  void shouldGiveEventsFromTheForkOnToAReaderThatIsAboveIt() {
    for (long opId : new long[] {5, 6, 8, 9, 1_000, -1}) {
      SyncPlan plan = plan(resume(lost(opId)));

      assertReplaced(plan, FORK);
      assertThat(plan.reason()).contains(Long.toUnsignedString(opId)).contains("lost");
    }
  }

  @Test
  void shouldCompareWithAReaderAboveTheFork() {
    SyncPlan plan = planner.begin(reader(resume(lost(6)).build(), true, true)).plan();

    assertThat(plan.compares()).isTrue();
    assertThat(plan.snapshots()).extracting(SnapshotScope::scope).containsExactly(ALL, ANT);
    assertThat(plan.held()).isEqualTo(VIEW);
  }

  @Test
  void shouldBeginAnInterruptedSnapshotAnew() {
    SyncPlan below =
        plan(resume(ended(3)).setSnapshot(SnapshotResume.newBuilder().setPosition(ended(FORK))));
    SyncPlan above =
        plan(resume(ended(3)).setSnapshot(SnapshotResume.newBuilder().setPosition(lost(FORK + 1))));

    assertThat(below.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(below.start()).isEqualTo(log.at(3));
    assertThat(below.target()).isEqualTo(log.head());
    assertThat(below.snapshots()).extracting(SnapshotScope::afterKey).containsExactly("", "");
    assertThat(below.amiss().parted()).isFalse();
    assertReplaced(above, 3);
  }

  @Test
  void shouldNotTrustAnEpochThatItDoesNotKnowNorAnotherHash() {
    SyncPlan unknown = plan(resume(ended(2).toBuilder().setEpoch(0xc).build()));
    SyncPlan otherHash =
        plan(
            resume(ended(2).toBuilder().setRunningHash(ByteString.copyFrom(new byte[16])).build()));

    for (SyncPlan plan : List.of(unknown, otherHash)) {
      assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
      assertThat(plan.start()).isEqualTo(log.head());
      assertThat(plan.amiss().parted()).isTrue();
    }
  }

  @Test
  void shouldNameWhatItCannotGiveAnyMoreBelowTheHorizon() {
    // given
    LogResume.Builder held = resume(ended(2));
    log.compact(6);

    // when
    SyncPlan below = plan(held);
    SyncPlan above =
        plan(resume(lost(7, held.getPosition())).addSums(ScopeSums.newBuilder().setScope(ALL)));

    // then
    for (SyncPlan plan : List.of(below, above)) {
      assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
      assertThat(plan.start()).isEqualTo(log.at(6));
    }
    assertThat(below.amiss().parted()).isFalse();
    assertThat(above.amiss().parted()).isTrue();
    // What it counted is not what the log has: how many it lacks cannot be told.
    assertThat(above.amiss().lost())
        .containsExactly(
            LostEvents.newBuilder().setScope(ALL).setFromOpId(FORK).setToOpId(6).build(),
            LostEvents.newBuilder().setScope(ANT).setFromOpId(FORK).setToOpId(6).build());
  }

  @Test
  void shouldFindStateThatDiffersInAnEpochThatEnded() {
    SyncPlan plan =
        plan(
            resume(ended(2))
                .addSums(
                    ScopeSums.newBuilder()
                        .setScope(ALL)
                        .setStateDigest(ByteString.copyFrom(new byte[16])))
                .addScopes(ALL)
                .addScopes(ANT));

    assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.start()).isEqualTo(log.at(2));
    assertThat(plan.amiss().drifted()).containsExactly(ALL);
  }

  @Test
  void shouldReplayFromTheForkAndBelowAndRefuseAbove() {
    SyncPlan below = planner.begin(reader(resume(ended(3)).build(), false, false)).plan();
    SyncPlan above = planner.begin(reader(resume(lost(5)).build(), false, false)).plan();

    assertThat(below.kind()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(below.start()).isEqualTo(log.at(3));
    assertThat(above.kind()).isEqualTo(Plan.PLAN_REJECT);
    assertThat(above.refusal().reason()).isEqualTo(ErrorReason.ERROR_REASON_EPOCH_MISMATCH);
    assertThat(above.amiss().parted()).isTrue();
  }

  @Test
  void shouldSayWhereAnEpochEndedAndNothingOfOthers() {
    assertThat(reader(resume(lost(7)).build(), true, false).fork()).contains(ended(FORK));
    assertThat(reader(resume(log.at(7)).build(), true, false).fork()).isEmpty();
    assertThat(
            reader(resume(lost(7).toBuilder().setEpoch(0xc).build()).build(), true, false).fork())
        .isEmpty();
    assertThat(
            reader(resume(lost(7).toBuilder().setIncarnation(1).build()).build(), true, false)
                .fork())
        .isEmpty();
  }

  private void assertReplaced(SyncPlan plan, long startOpId) {
    assertThat(plan.kind()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.start()).isEqualTo(log.at(startOpId));
    assertThat(plan.target()).isEqualTo(log.head());
    assertThat(plan.bounds()).isEqualTo(DeltaBounds.from(startOpId, 8));
    assertThat(plan.eventsOnly()).isTrue();
    assertThat(plan.snapshots()).extracting(SnapshotScope::scope).containsExactly(ALL, ANT);
    assertThat(plan.amiss().parted()).isTrue();
  }

  /** An operation that is in the log, as it was named before the epoch ended. */
  private Position ended(long opId) {
    return log.at(opId).toBuilder().setEpoch(ENDED).build();
  }

  /** One that is not. */
  private Position lost(long opId) {
    return lost(opId, ended(0));
  }

  private static Position lost(long opId, Position sameEpoch) {
    return sameEpoch.toBuilder()
        .setOpId(opId)
        .setRunningHash(ByteString.copyFromUtf8("0123456789abcdef"))
        .build();
  }

  private static ResumeTriple triple(long base, long cursor, long target) {
    return ResumeTriple.newBuilder()
        .setBaseOpId(base)
        .setCursorOpId(cursor)
        .setTargetOpId(target)
        .setExact(true)
        .build();
  }

  private static LogResume.Builder resume(Position position) {
    return LogResume.newBuilder().setPosition(position);
  }

  private SyncPlan plan(LogResume.Builder resume) {
    PlanningCourse course = planner.begin(reader(resume.build(), true, false));
    while (course.step()) {
      // Where it has to measure.
    }
    return course.plan();
  }

  private SyncReader reader(LogResume resume, boolean syncs, boolean compares) {
    return new SyncReader(log.swarm(), Log.LOG_MAIN, VIEW, resume, syncs, compares);
  }
}
