package dev.swarmlog.storage;

import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.RateLimits;
import java.util.Map;

/** What became of one command. A refusal is a value; it changed nothing. */
public sealed interface Outcome {

  /** The swarm exists now. */
  record SwarmCreated(SwarmState swarm) implements Outcome {}

  /**
   * A new lineage of history is in force.
   *
   * @param ended the one before, and where it forks
   */
  record EpochStarted(SwarmState swarm, AncestorEpoch ended) implements Outcome {}

  /**
   * The producer may go on.
   *
   * @param epoch its epoch
   * @param nextNumber the number expected next; all below it are appended
   */
  record ProducerOpened(long epoch, long nextNumber) implements Outcome {}

  /**
   * The group is in the log.
   *
   * @param firstOpId first operation of the group
   * @param last position of its last operation
   * @param duplicate it had been appended by an earlier command, and this is that answer again
   */
  record Appended(long firstOpId, Position last, boolean duplicate) implements Outcome {}

  /** Cursors are noted. */
  record CursorsRecorded() implements Outcome {}

  /**
   * Time has been kept.
   *
   * @param keys that got a tombstone
   * @param events that are not handed out any more
   */
  record Expired(int keys, int events) implements Outcome {}

  /**
   * The horizon of a log is where it should be, or as near as one command brings it.
   *
   * @param horizonOpId where it is now
   * @param moved false if there was nothing more to do: no further command gets it nearer
   */
  record Compacted(long horizonOpId, boolean moved) implements Outcome {}

  /** The rate limits of the swarm are these now. */
  record RateLimitsSet(RateLimits rateLimits) implements Outcome {}

  /**
   * It is settled what becomes of an operation that an agent could not apply.
   *
   * @param firstOpId of the operation as it was first delivered
   * @param isNews the agent has not refused it before, neither as this operation nor as the first
   * @param attempts how often it has been tried
   * @param retryAtUnixNs when it is tried again, on the logged clock; 0 if it is not, or was
   *     already
   * @param parkedCount parked in the swarm by now
   */
  record OperationRefused(
      NackReply.Outcome outcome,
      long firstOpId,
      boolean isNews,
      int attempts,
      long retryAtUnixNs,
      long parkedCount)
      implements Outcome {}

  /**
   * What was due to be tried again has been appended.
   *
   * @param settled superseded or expired, and not appended
   */
  record RetriesReleased(int released, int settled) implements Outcome {}

  /**
   * Parked operations have been appended again.
   *
   * @param settled superseded or expired: not appended, and forgotten
   * @param complete false if there are more of them
   */
  record ParkedReplayed(int replayed, int settled, boolean complete) implements Outcome {}

  /**
   * Parked operations are forgotten.
   *
   * @param complete false if there are more of them
   */
  record ParkedPurged(int purged, boolean complete) implements Outcome {}

  /**
   * Refused in apply.
   *
   * @param message for a person: "Expected …, but …"
   * @param metadata for the client's code, such as {@code expected_number}
   */
  record Refused(ErrorReason reason, String message, Map<String, String> metadata)
      implements Outcome {}
}
