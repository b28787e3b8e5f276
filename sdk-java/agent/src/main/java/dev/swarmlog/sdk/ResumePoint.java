package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SnapshotResume;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a lane has committed, and what Hello said of it. Pure, not thread-safe.
 *
 * <p>The coordinator selects what it sends by what Hello says the agent holds, and Hello says what
 * is committed; but a step that a handler still has will be committed before anything of the new
 * plan is applied. Waiting for the handler would hold up the other lanes, so:
 *
 * <ul>
 *   <li>While a handler has keyed operations, Hello says that it is not known what the agent holds
 *       of the keys from the cursor to the end of the step: a triple that is not exact. Then every
 *       key touched above the cursor comes with its newest operation. Those at or below the end of
 *       the step were applied by it (or left out, because the agent held that value), and are
 *       ignored as always; the others are right whatever the step did.
 *   <li>If the step was the first one of a snapshot, the plan knows nothing of that snapshot: the
 *       lane asks to connect once more ({@link #misfit}). Later pages overlap instead: a page that
 *       lies behind is ignored, and any other replaces the same interval again.
 *   <li>If the step was the first one of a delta whose end is lost by then, it has left out keys
 *       for what is lost: the lane asks to connect once more, too.
 *   <li>While a handler has a repair, Hello says nothing of sums: those that are committed differ,
 *       and those behind the repair are not there yet. If it then refuses a key of it, the plan may
 *       leave that key out, because it has the value of the repair again: the lane asks to connect
 *       once more, too.
 *   <li>While the user's state lacks keys of operations that were refused, Hello says the same of
 *       the keys from the cursor on: a key that has the refused value again by then must come.
 *   <li>What a delivery skipped that began below the position cannot be told from what was counted:
 *       the event sums of those scopes are taken from the receipt.
 * </ul>
 */
final class ResumePoint {
  private final Log log;
  private @Nullable LogResume committed;

  // The same, under the name of the epoch in which it goes on: a step of that epoch is one behind
  // it. Null where the name is as it was, or what was interrupted does not go on.
  private @Nullable LogResume renamed;
  private @Nullable LogResume presented;
  private boolean lacksKeys;

  /**
   * A lane that has committed nothing yet.
   *
   * @param lacksKeys whether the user's state lacks keys that are held by the index
   */
  ResumePoint(Log log, @Nullable LogResume stored, boolean lacksKeys) {
    this.log = log;
    this.committed = stored;
    this.lacksKeys = lacksKeys;
  }

  @Nullable LogResume committed() {
    return committed;
  }

  void committed(LogResume after) {
    committed = after;
    renamed = null;
  }

  void committed(PreparedStep done) {
    committed(done.after());
    lacksKeys = done.lacks();
  }

  /** Takes over under which name the history goes on that a plan starts in. */
  void adopt(LogPlan plan) {
    LogResume stands = committed;
    boolean goesOn =
        stands != null
            && Deliveries.isShared(stands.getPosition(), plan)
            && !stands.hasSnapshot()
            && stands.getTriple().getTargetOpId() <= plan.getFork().getOpId();
    renamed =
        stands != null && goesOn
            ? stands.toBuilder()
                .setPosition(Deliveries.renamed(stands.getPosition(), plan.getStart()))
                .build()
            : null;
  }

  /** Whether the user's state lacks keys of operations that were refused. */
  boolean lacksKeys() {
    return lacksKeys;
  }

  @Nullable Position position() {
    return committed == null ? null : committed.getPosition();
  }

  long opId() {
    return committed == null ? 0 : committed.getPosition().getOpId();
  }

  /**
   * What Hello says; null if there is nothing to say.
   *
   * @param applying the step that a handler has
   */
  @Nullable LogResume present(@Nullable LaneStep applying) {
    LogResume stands = applying != null && renamed != null ? renamed : committed;
    if (log == Log.LOG_TELEMETRY || stands == null) {
      presented = null;
    } else if (applying != null && applying.deliversKeys()) {
      presented = uncertain(stands, applying.to()).toBuilder().clearSums().build();
    } else if (lacksKeys) {
      presented = uncertain(stands, stands.getPosition()).toBuilder().clearSums().build();
    } else if (applying != null && applying.repairs()) {
      presented = stands.toBuilder().clearSums().build();
    } else {
      presented = presented(stands);
    }
    return presented;
  }

  /**
   * What Hello says of a stored resume state: sums only where nothing is interrupted and only what
   * is known, and zero ones in full, since those are a claim too.
   */
  static LogResume presented(LogResume stored) {
    LogResume.Builder presented = stored.toBuilder().clearSums();
    if (stored.hasTriple() || stored.hasSnapshot()) {
      return presented.build();
    }
    Set<Scope> zero = new LinkedHashSet<>(stored.getScopesList());
    for (ScopeSums sums : stored.getSumsList()) {
      zero.remove(sums.getScope());
      if (!sums.getEventHash().isEmpty()) {
        presented.addSums(sums);
      }
    }
    for (Scope scope : zero) {
      presented.addSums(zero(scope));
    }
    return presented.build();
  }

  /**
   * The sums that go with an ack of a resume state: of each scope held, without state digest where
   * its keys are not known, without event hash where its events are not. Empty where something is
   * interrupted. Takes as long as there are scopes.
   *
   * @param withState false: what is held of the keys could not be found out
   */
  static List<ScopeSums> reported(LogResume stored, boolean withState) {
    if (stored.hasTriple() || stored.hasSnapshot()) {
      return List.of();
    }
    Map<Scope, ScopeSums> stated = new HashMap<>();
    stored.getSumsList().forEach(sums -> stated.put(sums.getScope(), sums));
    List<ScopeSums> reported = new ArrayList<>(stored.getScopesCount());
    for (Scope scope : stored.getScopesList()) {
      ScopeSums sums = stated.get(scope);
      ScopeSums whole = sums == null ? zero(scope) : sums;
      reported.add(withState ? whole : whole.toBuilder().clearStateDigest().build());
    }
    return reported;
  }

  private static ScopeSums zero(Scope scope) {
    return ScopeSums.newBuilder()
        .setScope(scope)
        .setStateDigest(StateDigests.ZERO)
        .setEventHash(StateDigests.ZERO)
        .build();
  }

  /**
   * The same resume state, where keyed operations from there to a position may have taken effect or
   * not: what is held of their keys is not known.
   */
  static LogResume uncertain(@Nullable LogResume stands, Position to) {
    if (stands == null) {
      Position beginning =
          to.toBuilder().setOpId(0).setRunningHash(ByteString.copyFrom(new byte[16])).build();
      return uncertain(LogResume.newBuilder().setPosition(beginning).build(), to);
    }
    if (stands.hasSnapshot() || !Deliveries.isSameHistory(stands.getPosition(), to)) {
      return stands; // Pages are replaced again.
    }
    long cursor = stands.getPosition().getOpId();
    return stands.toBuilder()
        .setTriple(
            ResumeTriple.newBuilder()
                .setBaseOpId(cursor)
                .setCursorOpId(cursor)
                .setTargetOpId(Math.max(to.getOpId(), stands.getTriple().getTargetOpId())))
        .build();
  }

  /**
   * The same resume state, while a step may have taken effect or not: as {@link #uncertain}, and
   * without the scopes of which keys may be gone or replaced that would not come again. These are
   * the scopes dropped from the view, since a later view may have them again; and every scope where
   * pages of another snapshot or history come, since it is a coordinator that says whether the old
   * one can be resumed.
   *
   * @param after what is committed with the step; it names every scope of the view, as held or with
   *     sums
   */
  static LogResume underWay(@Nullable LogResume stands, LogResume after) {
    LogResume noted = uncertain(stands, after.getPosition());
    Set<Scope> kept = new HashSet<>();
    if (!isReplaced(noted, after)) {
      kept.addAll(after.getScopesList());
      after.getSumsList().forEach(sums -> kept.add(sums.getScope()));
    }
    return keeping(noted, kept);
  }

  private static boolean isReplaced(LogResume stands, LogResume after) {
    return stands.hasSnapshot()
        ? after.hasSnapshot()
            && !Deliveries.isSame(
                stands.getSnapshot().getPosition(), after.getSnapshot().getPosition())
        : !Deliveries.isSameHistory(stands.getPosition(), after.getPosition());
  }

  /** Holds no scopes but these. */
  private static LogResume keeping(LogResume stands, Set<Scope> kept) {
    List<Scope> held = stands.getScopesList().stream().filter(kept::contains).toList();
    LogResume.Builder keeping = stands.toBuilder().clearScopes().addAllScopes(held);
    if (stands.hasSnapshot()) {
      return within(keeping.build(), kept);
    }
    if (held.isEmpty() && stands.getScopesCount() > 0) {
      // Without a snapshot it would mean that the agent does not say what it holds.
      keeping.setSnapshot(SnapshotResume.newBuilder().setPosition(stands.getPosition()));
    } else {
      // A scope that is added to a delta has events from the target on, and not from here.
      keeping.getSumsBuilderList().stream()
          .filter(sums -> !kept.contains(sums.getScope()))
          .forEach(sums -> sums.clearEventCount().clearEventHash());
    }
    return keeping.build();
  }

  /** The same resume state, of a snapshot that is not in the middle of any scope but these. */
  static LogResume within(LogResume stands, Set<Scope> scopes) {
    SnapshotResume snapshot = stands.getSnapshot();
    return snapshot.hasScope() && !scopes.contains(snapshot.getScope())
        ? stands.toBuilder().setSnapshot(snapshot.toBuilder().clearScope().clearLastKey()).build()
        : stands;
  }

  /**
   * Why a plan that answers what was presented cannot be followed from what is committed now; null
   * if it can.
   *
   * @param minimal whether the coordinator sends deltas and snapshots at all
   */
  @Nullable String misfit(LogPlan plan, boolean minimal) {
    if (committed == null || !committed.hasSnapshot()) {
      if (minimal && committed != null && isDeltaLost(committed, plan)) {
        return ("Expected a plan of %s that knows of the delta to operation %d, which is lost behind %d, "
                + "but it was made before that began")
            .formatted(
                Lanes.name(log), committed.getTriple().getTargetOpId(), plan.getFork().getOpId());
      }
      return minimal && lacksKeys && saysWhatIsHeld(presented)
          ? ("Expected a plan of %s for a state that lacks keys, "
                  + "but it was made before they were refused")
              .formatted(Lanes.name(log))
          : null;
    }
    Position goesOn = committed.getSnapshot().getPosition();
    if (!minimal) {
      return "Expected a coordinator that finishes the snapshot of %s, but this one sends none"
          .formatted(Lanes.name(log));
    }
    return presented != null && Deliveries.isSame(presented.getSnapshot().getPosition(), goesOn)
        ? null
        : "Expected a plan that goes on with the snapshot of %s, but it was made before that began"
            .formatted(Lanes.name(log));
  }

  /** The end of the delta under way is lost, and the plan was made for an agent that had none. */
  private boolean isDeltaLost(LogResume stands, LogPlan plan) {
    long fork = plan.getFork().getOpId();
    long presentedTarget = presented == null ? 0 : presented.getTriple().getTargetOpId();
    return Deliveries.isShared(stands.getPosition(), plan)
        && stands.getTriple().getTargetOpId() > fork
        && presentedTarget <= fork;
  }

  /** Whether a plan may leave out keys that have the value again that was presented as held. */
  private static boolean saysWhatIsHeld(@Nullable LogResume presented) {
    return presented != null
        && !presented.hasSnapshot()
        && (!presented.hasTriple() || presented.getTriple().getExact());
  }

  /** What is committed with a delivery of every operation up to a position, outside of a sync. */
  LogResume after(Position to) {
    LogResume.Builder after = LogResume.newBuilder().setPosition(to);
    if (committed != null && to.getOpId() < committed.getTriple().getTargetOpId()) {
      // Every operation comes instead of the rest of the delta: what is held in between is unknown.
      after.setTriple(
          committed.getTriple().toBuilder().setCursorOpId(to.getOpId()).setExact(false));
    }
    return after.build();
  }
}
