package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.LostEvents;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one log of one reader is brought up to date: deliveries from {@code start} to {@code target},
 * then snapshot pages at the target.
 *
 * @param reason for a person
 * @param start where deliveries begin, exclusive
 * @param target where they end
 * @param head when the plan was made
 * @param view all the reader sees
 * @param held the part of it that deliveries cover: scopes of which the reader holds the keyed
 *     state
 * @param bounds of the delta, from {@code start} to {@code target}
 * @param eventsOnly deliveries hold no keyed entries, since all keyed state follows
 * @param snapshots what follows as snapshot pages, ascending
 * @param missing operations in {@code held} between start and target
 * @param amiss what is wrong with what the reader holds
 * @param refusal set with {@code PLAN_REJECT}
 */
public record SyncPlan(
    Plan kind,
    String reason,
    Position start,
    Position target,
    Position head,
    View view,
    View held,
    DeltaBounds bounds,
    boolean eventsOnly,
    List<SnapshotScope> snapshots,
    long missing,
    Amiss amiss,
    @Nullable Refusal refusal) {

  /**
   * A scope whose keyed state is sent.
   *
   * @param afterKey where it begins, exclusive; empty for the beginning
   * @param compares the reader is asked first what it holds, and only what differs is sent
   */
  public record SnapshotScope(Scope scope, String afterKey, boolean compares) {

    /** The whole scope, whatever the reader holds of it. */
    static SnapshotScope whole(Scope scope) {
      return new SnapshotScope(scope, "", false);
    }
  }

  /**
   * What a reader's own position and sums show to be wrong.
   *
   * @param lost events before the start that it can never be given
   * @param drifted scopes of which it holds another keyed state than the log had at its position
   * @param parted its position is of another history: it may have applied operations that are lost
   */
  public record Amiss(List<LostEvents> lost, List<Scope> drifted, boolean parted) {

    static final Amiss NOTHING = new Amiss(List.of(), List.of(), false);
  }

  /** Whether the reader is asked what it holds. */
  public boolean compares() {
    return snapshots.stream().anyMatch(SnapshotScope::compares);
  }

  /** The position cannot be served. */
  static SyncPlan rejected(Position position, Position head, View view, Refusal refusal) {
    return new SyncPlan(
        Plan.PLAN_REJECT,
        refusal.message(),
        position,
        position,
        head,
        view,
        view,
        DeltaBounds.from(0, 0),
        false,
        List.of(),
        0,
        Amiss.NOTHING,
        refusal);
  }

  /** For a reader that holds everything up to a position. */
  public static SyncPlan between(Position start, Position head, View view) {
    return new SyncPlan(
        Plan.PLAN_DELTA,
        "The reader holds everything up to the start.",
        start,
        head,
        head,
        view,
        view,
        DeltaBounds.from(start.getOpId(), head.getOpId()),
        false,
        List.of(),
        0,
        Amiss.NOTHING,
        null);
  }

  /** The same plan, for a reader of which it is known what is wrong. */
  SyncPlan finding(Amiss found) {
    return new SyncPlan(
        kind,
        reason,
        start,
        target,
        head,
        view,
        held,
        bounds,
        eventsOnly,
        snapshots,
        missing,
        found,
        refusal);
  }

  /** Whether it is known what the reader holds while the delta is under way. */
  public boolean isExact() {
    return bounds.exact() && bounds.interruptedTarget() == bounds.start();
  }
}
