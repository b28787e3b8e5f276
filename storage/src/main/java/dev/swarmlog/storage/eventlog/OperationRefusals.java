package dev.swarmlog.storage.eventlog;

import com.google.rpc.Status;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.eventlog.FailedOperations.Failed;
import dev.swarmlog.storage.v1.FailedRow;
import dev.swarmlog.storage.v1.RefuseOperation;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Nack.Reaction;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of an operation that an agent could not apply. Owned by the writer thread.
 *
 * <p>An agent is given an operation again as a new one, which names the first as its origin. What
 * it refuses then is the first one still: there is one row for all attempts.
 */
final class OperationRefusals {

  static final int MAX_STATUS_BYTES = 2_000;

  private final FailedOperations failures;
  private final OriginalOperations originals;

  OperationRefusals(FailedOperations failures, OriginalOperations originals) {
    this.failures = failures;
    this.originals = originals;
  }

  /** Decides, or refuses the command and changes nothing. */
  Outcome refuse(Swarm swarm, RefuseOperation command, long loggedUnixNs, Changes changes) {
    Outcome broken = check(swarm, command);
    if (broken != null) {
      return broken;
    }
    String agent = command.getAgent();
    Failed known = failures.find(swarm, agent, command.getLog(), command.getOpId());
    if (known == null) {
      known = failures.findReleased(swarm, agent, command.getLog(), command.getOpId());
    }
    if (known != null && isDecided(known, command)) {
      return answer(swarm, known, /* isNews= */ false);
    }
    Operation refused = originals.read(swarm, command.getLog(), command.getOpId());
    if (refused == null) {
      return Refusals.of(
          ErrorReason.ERROR_REASON_BELOW_HORIZON,
          "Expected an operation that the log still holds, but operation "
              + command.getOpId()
              + " has been compacted");
    }
    if (!OriginalOperations.isFor(refused, agent, command.getRolesList())) {
      return Refusals.invalid(
          "Expected an operation for agent '"
              + agent
              + "', one of its roles, or all, but operation "
              + command.getOpId()
              + " is for others");
    }
    Operation first = originals.first(swarm, command.getLog(), refused);
    if (known == null && first.getOpId() != refused.getOpId()) {
      known = failures.find(swarm, agent, command.getLog(), first.getOpId());
      if (known != null && isDecided(known, command)) {
        return answer(swarm, known, /* isNews= */ false);
      }
    }
    int attempts = 1 + Math.max(refused.getOrigin().getAttempt(), attempts(known));
    return decide(swarm, command, known, first, attempts, loggedUnixNs, changes);
  }

  /**
   * Whether the same has been refused before, and what came of it stands: not where the agent was
   * given the operation once more, by a snapshot, and what it was to come again as lies behind
   * that.
   */
  private static boolean isDecided(Failed known, RefuseOperation command) {
    return command.getOpId() <= known.row().getRefusedOpId()
        && !(known.isReleased() && known.row().getReleasedOpId() <= command.getStartOpId());
  }

  private Outcome decide(
      Swarm swarm,
      RefuseOperation command,
      @Nullable Failed known,
      Operation first,
      int attempts,
      long loggedUnixNs,
      Changes changes) {
    boolean isNews = known == null && first.getOpId() == command.getOpId();
    NackReply.Outcome settled =
        command.getReaction() == Reaction.REACTION_SKIP || originals.hasExpired(first, loggedUnixNs)
            ? NackReply.Outcome.OUTCOME_SKIPPED
            : originals.isSuperseded(swarm, first)
                ? NackReply.Outcome.OUTCOME_SUPERSEDED
                : NackReply.Outcome.OUTCOME_UNSPECIFIED;
    if (settled != NackReply.Outcome.OUTCOME_UNSPECIFIED) {
      if (known != null) {
        failures.remove(known, changes);
      }
      return outcome(swarm, settled, first.getOpId(), isNews, attempts, 0);
    }
    int forgiven = known == null ? 0 : known.row().getForgivenAttempts();
    boolean retries =
        command.getReaction() == Reaction.REACTION_RETRY
            && attempts - forgiven < command.getMaxAttempts();
    if (retries && !command.getTopicsList().contains(first.getTopic())) {
      return Refusals.invalid(
          "Expected the view of agent '"
              + command.getAgent()
              + "' to hold what is for itself in the topic of operation "
              + command.getOpId()
              + ", where it would be given it again, but it does not: park it or skip it");
    }
    Outcome full = checkRoom(swarm, known, first);
    if (full != null) {
      return full;
    }
    FailedRow.Builder row =
        FailedRow.newBuilder()
            .setAttempts(attempts)
            .setForgivenAttempts(forgiven)
            .setStatus(kept(command.getStatus()))
            .setRefusedOpId(command.getOpId());
    if (retries) {
      // Not before the next entry, so that what waits is in the store.
      row.setRetryAtUnixNano(loggedUnixNs + Math.max(1, command.getRetryAfterNs()));
    } else {
      row.setParkedUnixNano(loggedUnixNs);
    }
    Failed failed = failures.put(swarm, command.getAgent(), command.getLog(), row, first, changes);
    return answer(swarm, failed, isNews);
  }

  private static @Nullable Outcome check(Swarm swarm, RefuseOperation command) {
    if (!GroupRules.isCommittedLog(command.getLog())) {
      return Refusals.invalid(
          "Expected an operation of main or control, but got log number " + command.getLogValue());
    }
    if (!GroupRules.isName(command.getAgent())) {
      return Refusals.invalid("Expected the name of an agent, but got none");
    }
    if (command.getReaction() == Reaction.REACTION_UNSPECIFIED
        || command.getReaction() == Reaction.UNRECOGNIZED) {
      return Refusals.invalid(
          "Expected reaction RETRY, PARK or SKIP, but got number " + command.getReactionValue());
    }
    if (Long.compareUnsigned(command.getRetryAfterNs(), EventLog.MAX_RETRY_DELAY_NS) > 0) {
      return Refusals.invalid(
          "Expected to try again within 24 hours, but the delay asked for is longer");
    }
    if (command.getMaxAttempts() < 1) {
      return Refusals.invalid("Expected at least 1 attempt, but got 0");
    }
    if (command.getStatus().getMessageBytes().size() > MAX_STATUS_BYTES) {
      return Refusals.invalid(
          "Expected a message of at most " + MAX_STATUS_BYTES + " bytes, but it is longer");
    }
    // What the entry in hand has appended nobody can have been given.
    long last = swarm.head(command.getLog()).entryStart();
    if (command.getOpId() == 0 || Long.compareUnsigned(command.getOpId(), last) > 0) {
      return Refusals.of(
          ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
          "Expected an operation from 1 to "
              + last
              + ", but got "
              + Long.toUnsignedString(command.getOpId()));
    }
    return null;
  }

  private @Nullable Outcome checkRoom(Swarm swarm, @Nullable Failed known, Operation first) {
    long bytes = failures.bytes(swarm) + first.getSerializedSize();
    return hasRoom(known != null, failures.count(swarm), failures.count(), bytes)
        ? null
        : Refusals.of(
            ErrorReason.ERROR_REASON_PARKING_FULL,
            "Expected room for one more operation that an agent could not apply, but swarm '"
                + swarm.name
                + "' has "
                + failures.count(swarm)
                + " of them with "
                + failures.bytes(swarm)
                + " bytes");
  }

  /**
   * Whether one more fits.
   *
   * @param known it is counted already
   * @param bytes of all of the swarm, with this one
   */
  static boolean hasRoom(boolean known, int countOfSwarm, int countOfShard, long bytes) {
    boolean countFits =
        countOfSwarm < EventLog.MAX_FAILED_PER_SWARM
            && countOfShard < EventLog.MAX_FAILED_PER_SHARD;
    return (known || countFits) && bytes <= EventLog.MAX_FAILED_BYTES_PER_SWARM;
  }

  private static int attempts(@Nullable Failed known) {
    return known == null ? 0 : known.row().getAttempts();
  }

  private static Status kept(Status status) {
    return Status.newBuilder().setCode(status.getCode()).setMessage(status.getMessage()).build();
  }

  /** What is known to become of it. */
  private Outcome answer(Swarm swarm, Failed failed, boolean isNews) {
    return outcome(
        swarm,
        failed.isParked() ? NackReply.Outcome.OUTCOME_PARKED : NackReply.Outcome.OUTCOME_RETRY,
        failed.opId(),
        isNews,
        failed.row().getAttempts(),
        failed.row().getRetryAtUnixNano());
  }

  private Outcome outcome(
      Swarm swarm,
      NackReply.Outcome outcome,
      long firstOpId,
      boolean isNews,
      int attempts,
      long retryAtUnixNs) {
    return new Outcome.OperationRefused(
        outcome, firstOpId, isNews, attempts, retryAtUnixNs, failures.parked(swarm));
  }
}
