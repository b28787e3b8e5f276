package dev.swarmlog.sdk;

import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Skipped;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a lane applies and commits in one go. Position and what is interrupted are in one message,
 * so that they cannot be committed apart.
 *
 * @param fromOpIdExclusive where the lane stands before
 * @param resume what is committed, without scopes and sums, which the {@link LaneLedger} adds;
 *     nothing but the log in telemetry
 * @param start set on the first step of a session's sync
 */
record LaneStep(
    Log log, long fromOpIdExclusive, LogResume resume, Content content, @Nullable SyncStart start) {

  /** Where the lane stands afterwards. */
  Position to() {
    return resume.getPosition();
  }

  /** Whether it may change what is held of a key in the course of a delta or live. */
  boolean deliversKeys() {
    return content instanceof Delivered delivered
        && delivered.operations().stream()
            .anyMatch(
                operation -> operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED);
  }

  boolean repairs() {
    return content instanceof Repaired;
  }

  /**
   * A sync begins.
   *
   * @param scopes the view, resolved: what the agent holds of other scopes it drops
   * @param replaces the position is of another history, or events were lost: the sums mean nothing
   *     any more
   * @param holdsNothing a snapshot begins: no scope is held until its pages have come
   */
  record SyncStart(List<Scope> scopes, boolean replaces, boolean holdsNothing) {}

  /** What comes, or is done between what comes. */
  sealed interface Content {}

  /**
   * A run of the log.
   *
   * @param partlySeen it began below the position: what it skipped cannot be told from what was
   *     counted before
   * @param traced which of the operations are recorded as applied
   */
  record Delivered(
      List<Operation> operations, List<Skipped> skipped, boolean partlySeen, TraceChoice traced)
      implements Content {
    /** A run of which nothing is recorded. */
    Delivered(List<Operation> operations, List<Skipped> skipped, boolean partlySeen) {
      this(operations, skipped, partlySeen, TraceChoice.NONE);
    }
  }

  /**
   * A run of the keyed state.
   *
   * @param pending the scopes that are not complete yet behind it
   */
  record Paged(SnapshotPage page, List<Scope> pending) implements Content {}

  /**
   * The end of a sync.
   *
   * @param scopes the view, resolved: all of it is held now
   */
  record Finished(SyncReceipt receipt, List<Scope> scopes) implements Content {}

  /**
   * What is held is asked for: the answer goes with the prepared step.
   *
   * @param insideSync for a snapshot that compares first
   */
  record Queried(DigestQuery query, boolean insideSync) implements Content {}

  /** What the user holds is compared with the key index. */
  record Compared() implements Content {}

  /** Some of what is held is replaced, outside of a sync. */
  record Repaired(Repair repair) implements Content {}
}
