package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.AncestorEpoch;
import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a reader's whole position against the log. Stateless; reads from disk.
 *
 * <p>A position of an epoch that ended is one of this log up to its fork, under the name that the
 * history had then.
 */
final class History {

  private static final Logger logger = LoggerFactory.getLogger(History.class);

  private final EventLog eventLog;

  History(EventLog eventLog) {
    this.eventLog = eventLog;
  }

  /**
   * What became of a position.
   *
   * @param why it is not a position of this log; empty if it is
   * @param parted it is of the same swarm, but of another history of it
   * @param fork the last operation that a parted history and this log have in common, as a position
   *     of the epoch in force; null if it is not parted, or nobody knows where
   * @param belowHorizon it may be of this log, but the log has been compacted beyond it
   * @param refusal set if it is not of this log, or cannot be looked up any more
   */
  record Finding(
      String why,
      boolean parted,
      @Nullable Position fork,
      boolean belowHorizon,
      @Nullable Refusal refusal) {

    private static final Finding FOUND = new Finding("", false, null, false, null);

    private static Finding refused(Refusal refusal) {
      return new Finding(refusal.message(), false, null, false, refusal);
    }

    private static Finding parted(@Nullable Position fork, Refusal refusal) {
      return new Finding(refusal.message(), true, fork, false, refusal);
    }

    private static Finding below(Refusal refusal) {
      return new Finding(refusal.message(), false, null, true, refusal);
    }
  }

  Finding find(SwarmState swarm, Log log, Position position) {
    Position head = swarm.head(log);
    if (position.getIncarnation() != swarm.incarnation()) {
      return Finding.refused(
          otherLife(
              "Expected a position of incarnation %016x of swarm %s, but got one of incarnation %016x: the swarm was created anew, or this is another coordinator."
                  .formatted(swarm.incarnation(), swarm.name(), position.getIncarnation()),
              swarm));
    }
    if (position.getEpoch() != swarm.epoch()) {
      Optional<AncestorEpoch> ancestor = swarm.ancestor(position.getEpoch());
      if (ancestor.isEmpty()) {
        return Finding.parted(
            null,
            otherLife(
                "Expected a position of epoch %016x of swarm %s, but got one of epoch %016x: the position is from another life."
                    .formatted(swarm.epoch(), swarm.name(), position.getEpoch()),
                swarm));
      }
      Finding above = above(swarm, ancestor.get().fork(log), position.getOpId());
      if (above != null) {
        return above;
      }
    } else if (Long.compareUnsigned(position.getOpId(), head.getOpId()) > 0) {
      return Finding.refused(beyondHead(swarm, log, position.getOpId(), head));
    }
    if (position.getOpId() < swarm.horizonOpId(log)) {
      return Finding.below(belowHorizon(swarm, log, position.getOpId()));
    }
    Optional<byte[]> hash = eventLog.runningHash(swarm.name(), log, position.getOpId());
    if (hash.isEmpty()) {
      // Up to the head only what is below the horizon can be missing: it has moved just now.
      return Finding.below(belowHorizon(swarm, log, position.getOpId()));
    }
    if (!Arrays.equals(hash.get(), position.getRunningHash().toByteArray())) {
      return Finding.parted(
          null,
          otherLife(
              "Expected the running hash at operation %d of swarm %s to be that of the log, but it differs: the histories have parted."
                  .formatted(position.getOpId(), swarm.name()),
              swarm));
    }
    return Finding.FOUND;
  }

  /**
   * Holds an operation of an epoch that ended against its fork.
   *
   * @return null if it is at the fork or below
   */
  static @Nullable Finding above(SwarmState swarm, Position fork, long opId) {
    return Long.compareUnsigned(opId, fork.getOpId()) <= 0
        ? null
        : Finding.parted(
            fork.toBuilder().setEpoch(swarm.epoch()).build(),
            otherLife(
                "Expected an operation of epoch %016x of swarm %s up to %d, where that epoch ended, but got %s: what it had above is lost."
                    .formatted(
                        fork.getEpoch(), swarm.name(), fork.getOpId(), Long.toUnsignedString(opId)),
                swarm));
  }

  /**
   * Refuses an operation that somebody claims to have seen and that is not there.
   *
   * <p>Whoever claims it in a loop is logged in a loop. The swarm comes first among the arguments:
   * by it the command line's logging tells repetitions apart, and leaves them out.
   */
  static Refusal beyondHead(SwarmState swarm, Log log, long opId, Position head) {
    logger.error(
        "Swarm {} ({}): an agent presents operation {}, but the head is {}: acknowledged operations may be lost.",
        swarm.name(),
        LogName.of(log),
        Long.toUnsignedString(opId),
        head.getOpId());
    return Refusal.of(
        ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
        "Expected a position up to the head, operation %d of swarm %s, but got operation %s: the agent has seen what this coordinator does not have."
            .formatted(head.getOpId(), swarm.name(), Long.toUnsignedString(opId)),
        Map.of("head_op_id", Long.toString(head.getOpId())));
  }

  private Refusal belowHorizon(SwarmState swarm, Log log, long opId) {
    long horizonOpId = eventLog.swarm(swarm.name()).map(now -> now.horizonOpId(log)).orElse(opId);
    return Refusal.of(new BelowHorizonException(swarm.name(), log, opId, horizonOpId));
  }

  private static Refusal otherLife(String message, SwarmState swarm) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_EPOCH_MISMATCH,
        message,
        Map.of(
            "incarnation", "%016x".formatted(swarm.incarnation()),
            "epoch", "%016x".formatted(swarm.epoch())));
  }
}
