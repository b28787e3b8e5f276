package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SnapshotResume;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is stored before a handler sees a step, in case the agent crashes inside of it. */
class CommittedCursorTest {
  private static final Scope A = Notation.scope("A");
  private static final Scope B = Notation.scope("B");
  private static final Scope C = Notation.scope("C");

  private final CursorStore store = CursorStore.inMemory();

  @Test
  void shouldKeepItsScopesInADelta() {
    // given
    LogResume stands = holding(at("main@4"), A, B);
    // when
    LogResume noted = announced(stands, delivered(stands, A, B));
    // then
    assertThat(Notation.text(noted)).isEqualTo("main@4, in delta 4..4..9 inexact, holds A,B");
    assertThat(store.heldKeys()).singleElement().matches(key -> !key.isKnown());
  }

  @Test
  void shouldKeepItsPlaceInASnapshotThatGoesOn() {
    // given
    LogResume stands = holding(in("main@20", B, "j"), A);
    // when
    LogResume noted = announced(stands, paged(stands, false, page("main@20", B), A, B, C));
    // then
    assertThat(noted).isEqualTo(stands);
    assertThat(store.heldKeys()).singleElement().matches(key -> !key.isKnown());
  }

  @Test
  void shouldHoldNothingOfASnapshotOnceAnotherReplacesIt() {
    // given
    LogResume stands = holding(in("main@20", B, "j"), A);
    // when
    LogResume noted = announced(stands, paged(stands, true, page("main@30", A), A, B, C));
    // then
    assertThat(Notation.text(noted)).isEqualTo("main@20, in snapshot of main@20");
  }

  @Test
  void shouldHoldNothingOfAHistoryOnceAnotherReplacesIt() {
    // given
    LogResume stands = holding(at("main@20"), A, B);
    // when
    LogResume noted = announced(stands, paged(stands, true, page("main@7/2", A), A, B));
    // then
    assertThat(Notation.text(noted)).isEqualTo("main@20, in snapshot of main@20");
  }

  @Test
  void shouldNotHoldAScopeOnceItsKeysAreDropped() {
    // given
    NaiveFold fold = NaiveFold.of(List.of(Notation.event(1, A), Notation.event(2, B)));
    LogResume stands =
        holding(at("main@4"), A, B).toBuilder().addSums(fold.sums(A)).addSums(fold.sums(B)).build();
    // when
    LogResume noted = announced(stands, delivered(stands, B, C));
    // then: if A is added again, its events begin at the target.
    assertThat(Notation.text(noted))
        .isEqualTo("main@4, in delta 4..4..9 inexact, holds B, sums A:0000:? B:0000:1");
  }

  @Test
  void shouldSayThatItHoldsNothingOnceAllOfItIsDropped() {
    // given
    LogResume stands = holding(at("main@4"), A);
    // when
    LogResume noted = announced(stands, delivered(stands, B));
    // then
    assertThat(Notation.text(noted)).isEqualTo("main@4, in snapshot of main@4");
  }

  @Test
  void shouldBeginAScopeAnewThatIsDroppedWhileItsPagesCome() {
    for (LogResume stands :
        List.of(holding(in("main@20", B, "z"), A), holding(in("main@20", B, ""), A, B))) {
      // when
      LogResume noted = announced(stands, paged(stands, false, page("main@20", C), A, C));
      // then
      assertThat(Notation.text(noted)).isEqualTo("main@20, in snapshot of main@20, holds A");
    }
  }

  @Test
  void shouldNoteThatKeysAreDroppedWhichItCannotName() {
    // given
    LogResume stands =
        holding(at("main@4"), A, B).toBuilder()
            .addSums(ScopeSums.newBuilder().setScope(A)) // Without digest: its keys are not known.
            .build();
    PreparedStep step =
        new LaneLedger(stands, true, List.of())
            .prepare(
                new LaneStep(
                    Log.LOG_MAIN,
                    4,
                    at("main@9"),
                    new LaneStep.Delivered(List.of(), List.of(), false),
                    new LaneStep.SyncStart(List.of(B), false, false)));
    // when
    LogResume noted = announced(stands, step);
    // then
    assertThat(step.batch().replaced()).containsExactly(KeyInterval.all(A));
    assertThat(Notation.text(noted)).startsWith("main@4, in delta 4..4..9 inexact, holds B,");
  }

  /** What is stored behind the announcement of a step. */
  private LogResume announced(LogResume stands, PreparedStep step) {
    CommittedCursor cursor = new CommittedCursor(AgentCursor.empty().with(stands));
    cursor.announce(step, store);
    assertThat(store.load()).isEqualTo(cursor.get());
    return cursor.get().resume(Log.LOG_MAIN);
  }

  /** The first step of a delta up to 9: one key of B. */
  private static PreparedStep delivered(LogResume stands, Scope... view) {
    return step(
        stands,
        at("main@9"),
        new LaneStep.Delivered(List.of(Notation.keyed(7, B, "k", "b")), List.of(), false),
        new LaneStep.SyncStart(List.of(view), false, false));
  }

  /** The first step of a sync by pages. */
  private static PreparedStep paged(
      LogResume stands, boolean another, SnapshotPage page, Scope... view) {
    LogResume after =
        LogResume.newBuilder()
            .setPosition(page.getPosition())
            .setSnapshot(
                SnapshotResume.newBuilder()
                    .setPosition(page.getPosition())
                    .setScope(page.getScope()))
            .build();
    return step(
        stands,
        after,
        new LaneStep.Paged(page, List.of()),
        new LaneStep.SyncStart(List.of(view), false, another));
  }

  /** A whole scope. */
  private static SnapshotPage page(String at, Scope scope) {
    Operation changed = Notation.keyed(6, scope, "k", "b");
    return SnapshotPage.newBuilder()
        .setPosition(Notation.position(at))
        .setScope(scope)
        .addOperations(changed)
        .build();
  }

  /** Of an agent that holds one key of each scope. */
  private static PreparedStep step(
      LogResume stands, LogResume after, LaneStep.Content content, LaneStep.SyncStart start) {
    List<HeldKey> held =
        stands.getScopesList().stream()
            .map(scope -> new HeldKey(scope, "k", Notation.valueDigest("a")))
            .toList();
    return new LaneLedger(stands, true, held)
        .prepare(new LaneStep(Log.LOG_MAIN, stands.getPosition().getOpId(), after, content, start));
  }

  private static LogResume at(String position) {
    return LogResume.newBuilder().setPosition(Notation.position(position)).build();
  }

  private static LogResume in(String snapshot, Scope scope, String lastKey) {
    return at(snapshot).toBuilder()
        .setSnapshot(
            SnapshotResume.newBuilder()
                .setPosition(Notation.position(snapshot))
                .setScope(scope)
                .setLastKey(lastKey))
        .build();
  }

  private static LogResume holding(LogResume resume, Scope... scopes) {
    return resume.toBuilder().addAllScopes(Stream.of(scopes).toList()).build();
  }
}
