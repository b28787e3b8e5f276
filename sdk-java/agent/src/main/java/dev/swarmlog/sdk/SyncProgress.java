package dev.swarmlog.sdk;

import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SnapshotResume;
import dev.swarmlog.v1.SyncReceipt;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far one sync of a lane has come: deliveries up to the target, pages of keyed state at the
 * target, the receipt. Answers what is to be committed as interrupted with each step. Pure, not
 * thread-safe; begins anew with each stream.
 */
final class SyncProgress {
  private final Position from;
  private final Position target;
  private final Plan plan;
  private final long baseOpId;
  private final boolean exact;
  private final List<Scope> snapshotScopes;
  // Pages come only of what differs.
  private final boolean compares;
  // How far an interrupted snapshot had come that goes on here.
  private final SnapshotResume before;
  // Set from the first moment on in which a snapshot is what would be interrupted.
  private @Nullable SnapshotResume snapshot;
  // The scope of the next page, an index of snapshotScopes; and what it may at most start behind.
  private int scopeIndex;
  private String afterKey;
  private @Nullable SyncReceipt receipt;
  private long received;
  private long paged;
  private long redundant;

  private SyncProgress(
      Position from,
      Position target,
      Plan plan,
      long baseOpId,
      boolean exact,
      List<Scope> snapshotScopes,
      boolean compares,
      SnapshotResume before) {
    this.from = from;
    this.target = target;
    this.plan = plan;
    this.baseOpId = baseOpId;
    this.exact = exact;
    this.snapshotScopes = snapshotScopes;
    this.compares = compares;
    this.before = before;
    this.afterKey = firstAfterKey();
  }

  /** The sync of a plan, of a lane that stands at a position. */
  static SyncProgress of(LogPlan plan, Position from, @Nullable LogResume committed) {
    Position target = plan.hasTarget() ? plan.getTarget() : plan.getHead();
    boolean goesOn =
        committed != null && Deliveries.isSame(committed.getSnapshot().getPosition(), target);
    SnapshotResume before =
        committed != null && goesOn
            ? committed.getSnapshot()
            : SnapshotResume.newBuilder().setPosition(target).build();
    SyncProgress progress =
        new SyncProgress(
            from,
            target,
            plan.getPlan(),
            plan.getBaseOpId(),
            plan.getExact(),
            plan.getSnapshotScopesList(),
            plan.getCompares(),
            before);
    if (goesOn || plan.getPlan() == Plan.PLAN_SNAPSHOT) {
      progress.snapshot = before;
    }
    return progress;
  }

  /** The sync of a live lane that fell behind. */
  static SyncProgress fellBehind(Position position, Position head) {
    return new SyncProgress(
        position,
        head,
        Plan.PLAN_DELTA,
        position.getOpId(),
        true,
        List.of(),
        false,
        SnapshotResume.getDefaultInstance());
  }

  /** Whether all keyed state will come, and no page of it has been applied yet. */
  boolean beginsSnapshot() {
    return plan == Plan.PLAN_SNAPSHOT && !before.hasScope();
  }

  Position target() {
    return target;
  }

  /** What is committed with a delivery up to a position. */
  LogResume after(Position to) {
    LogResume.Builder after = LogResume.newBuilder().setPosition(to);
    if (snapshot != null) {
      return after.setSnapshot(snapshot).build();
    }
    return after
        .setTriple(
            ResumeTriple.newBuilder()
                .setBaseOpId(baseOpId)
                .setCursorOpId(to.getOpId())
                .setTargetOpId(target.getOpId())
                .setExact(exact || to.getOpId() == target.getOpId()))
        .build();
  }

  /** Whether it is time to be asked what is held: the events have come, and the state has not. */
  boolean mayBeAsked(Position at) {
    return compares && Deliveries.isSame(at, target);
  }

  /** Why the page cannot be the next one; null if it can, or has been applied already. */
  @Nullable String misfit(SnapshotPage page) {
    int index = snapshotScopes.indexOf(page.getScope());
    if (!Deliveries.isSame(page.getPosition(), target)) {
      return "Expected keyed state as of operation %d, but got some as of operation %d"
          .formatted(target.getOpId(), page.getPosition().getOpId());
    }
    if (index < 0) {
      return "Expected keyed state of the scopes in the plan, but got some of "
          + Scopes.describe(page.getScope());
    }
    if (!compares
        && (index > scopeIndex
            || (index == scopeIndex && Utf8.compare(page.getAfterKey(), afterKey) > 0))) {
      return "Expected the keys of %s behind '%s', but got those of %s behind '%s'"
          .formatted(
              scopeIndex < snapshotScopes.size()
                  ? Scopes.describe(snapshotScopes.get(scopeIndex))
                  : "no scope",
              afterKey,
              Scopes.describe(page.getScope()),
              page.getAfterKey());
    }
    return Repairs.keysMisfit(page);
  }

  /** Whether the page lies behind what has been applied: it changes nothing. */
  boolean isBehind(SnapshotPage page) {
    int index = snapshotScopes.indexOf(page.getScope());
    return index < scopeIndex
        || (index == scopeIndex
            && !page.getThroughKey().isEmpty()
            && Utf8.compare(page.getThroughKey(), afterKey) <= 0);
  }

  /** Takes the page as the one before the next; answers what is committed with it. */
  LogResume advance(SnapshotPage page) {
    scopeIndex = snapshotScopes.indexOf(page.getScope());
    afterKey = page.getThroughKey();
    if (afterKey.isEmpty()) {
      scopeIndex++;
      afterKey = firstAfterKey();
    }
    SnapshotResume behind =
        SnapshotResume.newBuilder()
            .setPosition(target)
            .setScope(page.getScope())
            .setLastKey(page.getThroughKey())
            .build();
    snapshot = behind;
    return LogResume.newBuilder().setPosition(target).setSnapshot(behind).build();
  }

  /** The scopes whose pages have not all come. */
  List<Scope> pending() {
    return new ArrayList<>(snapshotScopes.subList(scopeIndex, snapshotScopes.size()));
  }

  void delivered(int operations) {
    received += operations;
  }

  void paged(int operations) {
    paged += operations;
  }

  void applied(long redundantOperations) {
    redundant += redundantOperations;
  }

  void receipt(SyncReceipt received) {
    receipt = received;
  }

  @Nullable SyncReceipt receipt() {
    return receipt;
  }

  /** Why the sync cannot end at a position yet; null if it can. */
  @Nullable String misfit(Position end) {
    if (!Deliveries.isSame(end, target)) {
      return "Expected the sync to end at its target %d, but it ends at %d"
          .formatted(target.getOpId(), end.getOpId());
    }
    if (!compares && scopeIndex < snapshotScopes.size()) {
      return "Expected the keyed state of %s, but the sync ends without it"
          .formatted(Scopes.describe(snapshotScopes.get(scopeIndex)));
    }
    if (receipt == null || receipt.getTarget().getOpId() != target.getOpId()) {
      return "Expected a receipt for operation %d before the end of the sync, but there is none"
          .formatted(target.getOpId());
    }
    return null;
  }

  /** The outcome, with what the ledger found. */
  SyncReport report(List<String> sumMismatches) {
    List<String> mismatches = new ArrayList<>(sumMismatches);
    if (receipt != null && receipt.getSentCount() != received) {
      mismatches.add(
          "Expected %d operations, but %d came".formatted(receipt.getSentCount(), received));
    }
    if (receipt != null && receipt.getSnapshotCount() != paged) {
      mismatches.add(
          "Expected %d operations in pages of keyed state, but %d came"
              .formatted(receipt.getSnapshotCount(), paged));
    }
    SyncReceipt counts = receipt == null ? SyncReceipt.getDefaultInstance() : receipt;
    return new SyncReport(
        target.getLog(),
        from,
        target,
        plan,
        exact,
        received,
        paged,
        redundant,
        counts.getSupersededCount(),
        counts.getNetZeroCount(),
        counts.getExpiredCount(),
        mismatches);
  }

  /** What the first page of a scope may at most start behind. */
  private String firstAfterKey() {
    boolean begun =
        scopeIndex < snapshotScopes.size()
            && before.hasScope()
            && before.getScope().equals(snapshotScopes.get(scopeIndex));
    return begun ? before.getLastKey() : "";
  }
}
