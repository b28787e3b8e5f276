package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
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
 * Decides how a reader is brought up to date: it holds the reader's whole position against the log.
 *
 * <p>Stateless; reads from disk, so it is called where blocking is allowed.
 */
final class Resumption {

  private static final Logger logger = LoggerFactory.getLogger(Resumption.class);

  private final EventLog eventLog;

  Resumption(EventLog eventLog) {
    this.eventLog = eventLog;
  }

  /**
   * Plans the resume of one log.
   *
   * @param position as the reader stored it; one that names no incarnation means "from nothing"
   */
  ResumePlan plan(SwarmState swarm, Log log, View view, Position position) {
    Position head = swarm.head(log);
    if (position.getIncarnation() == 0 && position.getOpId() == 0) {
      Position start = Positions.start(head);
      return accepted(swarm, log, view, start, head, "no position: from the beginning");
    }
    Refusal refusal = check(swarm, log, position, head);
    if (refusal != null) {
      return new ResumePlan(position, head, 0, refusal.message(), refusal);
    }
    return accepted(swarm, log, view, position, head, "same history");
  }

  private ResumePlan accepted(
      SwarmState swarm, Log log, View view, Position start, Position head, String reason) {
    long missing = eventLog.count(swarm.name(), log, view, start.getOpId(), head.getOpId());
    return new ResumePlan(start, head, missing, reason, null);
  }

  private @Nullable Refusal check(SwarmState swarm, Log log, Position position, Position head) {
    if (position.getIncarnation() != swarm.incarnation()) {
      return otherLife(
          "Expected a position of incarnation %016x of swarm %s, but got one of incarnation %016x:"
                  .formatted(swarm.incarnation(), swarm.name(), position.getIncarnation())
              + " the swarm was created anew, or this is another coordinator.",
          swarm);
    }
    if (position.getEpoch() != swarm.epoch()) {
      return otherLife(
          "Expected a position of epoch %016x of swarm %s, but got one of epoch %016x: the position is from another life."
              .formatted(swarm.epoch(), swarm.name(), position.getEpoch()),
          swarm);
    }
    if (Long.compareUnsigned(position.getOpId(), head.getOpId()) > 0) {
      logger.error(
          "An agent presents operation {} of swarm {} ({}), but the head is {}: acknowledged operations may be lost.",
          Long.toUnsignedString(position.getOpId()),
          swarm.name(),
          log,
          head.getOpId());
      return Refusal.of(
          ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
          "Expected a position up to the head, operation %d of swarm %s, but got operation %s: the agent has seen what this coordinator does not have."
              .formatted(head.getOpId(), swarm.name(), Long.toUnsignedString(position.getOpId())),
          Map.of("head_op_id", Long.toString(head.getOpId())));
    }
    Optional<byte[]> hash = eventLog.runningHash(swarm.name(), log, position.getOpId());
    if (hash.isEmpty() || !Arrays.equals(hash.get(), position.getRunningHash().toByteArray())) {
      return otherLife(
          "Expected the running hash at operation %d of swarm %s to be that of the log, but it differs: the histories have parted."
              .formatted(position.getOpId(), swarm.name()),
          swarm);
    }
    return null;
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
