package dev.swarmlog.storage.eventlog;

import com.google.protobuf.UnsafeByteOperations;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.eventlog.FailedOperations.Failed;
import dev.swarmlog.storage.v1.FailedRow;
import dev.swarmlog.storage.v1.PurgeParked;
import dev.swarmlog.storage.v1.ReplayParked;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Gives agents operations again that they could not apply: when their time has come, or when a
 * person says so. Owned by the writer thread.
 *
 * <p>The new operation is an event for that agent alone and touches no key: what an agent could not
 * apply is nothing that others should see twice.
 */
final class Retries {

  private final FailedOperations failures;
  private final OriginalOperations originals;
  private final ScopeStates scopes;
  private final OperationWriter writer;
  private final Digests digests;

  Retries(
      FailedOperations failures,
      OriginalOperations originals,
      ScopeStates scopes,
      OperationWriter writer,
      Digests digests) {
    this.failures = failures;
    this.originals = originals;
    this.scopes = scopes;
    this.writer = writer;
    this.digests = digests;
  }

  /** What one command may still do. */
  private static final class Allowance {
    private int operations = EventLog.MAX_RETRIED_PER_COMMAND;
    private long bytes = EventLog.MAX_RETRIED_BYTES_PER_COMMAND;

    boolean take(Failed failed) {
      boolean allowed = operations > 0 && bytes > 0;
      operations--;
      bytes -= failed.row().getBytes();
      return allowed;
    }
  }

  /**
   * Appends what is to be tried again by a logged time.
   *
   * @param grown gets the logs that were appended to, with their swarms
   */
  Outcome release(long loggedUnixNs, Changes changes, Map<LogHead, Swarm> grown) {
    Allowance allowance = new Allowance();
    int released = 0;
    int settled = 0;
    for (Failed failed : failures.due(loggedUnixNs, EventLog.MAX_RETRIED_PER_COMMAND)) {
      if (!allowance.take(failed)) {
        break;
      }
      if (tryAgain(failed, failed.row().toBuilder(), loggedUnixNs, changes, grown)) {
        released++;
      } else {
        settled++;
      }
    }
    return new Outcome.RetriesReleased(released, settled);
  }

  /** Appends parked operations again. */
  Outcome replay(
      Swarm swarm,
      ReplayParked command,
      long loggedUnixNs,
      Changes changes,
      Map<LogHead, Swarm> grown) {
    List<Failed> parked =
        failures.of(swarm, command.getAgent(), command.getLog()).stream()
            .filter(Failed::isParked)
            .filter(failed -> command.getOpId() == 0 || command.getOpId() == failed.opId())
            .toList();
    if (parked.isEmpty() && command.getOpId() != 0) {
      return notParked(swarm, command.getAgent(), command.getOpId());
    }
    Allowance allowance = new Allowance();
    int replayed = 0;
    int settled = 0;
    for (Failed failed : parked) {
      if (!allowance.take(failed)) {
        return new Outcome.ParkedReplayed(replayed, settled, /* complete= */ false);
      }
      FailedRow.Builder row =
          failed.row().toBuilder().setForgivenAttempts(failed.row().getAttempts());
      if (tryAgain(failed, row, loggedUnixNs, changes, grown)) {
        replayed++;
      } else {
        settled++;
      }
    }
    return new Outcome.ParkedReplayed(replayed, settled, /* complete= */ true);
  }

  /** Forgets parked operations. */
  Outcome purge(Swarm swarm, PurgeParked command, Changes changes) {
    Stream<Failed> candidates =
        command.getAgent().isEmpty()
            ? failures.all(swarm).stream().filter(failed -> failed.log() == command.getLog())
            : failures.of(swarm, command.getAgent(), command.getLog()).stream();
    List<Failed> parked =
        candidates
            .filter(Failed::isParked)
            .filter(failed -> command.getOpId() == 0 || command.getOpId() == failed.opId())
            .toList();
    if (parked.isEmpty() && command.getOpId() != 0) {
      return notParked(swarm, command.getAgent(), command.getOpId());
    }
    List<Failed> now = parked.subList(0, Math.min(parked.size(), EventLog.MAX_RETRIED_PER_COMMAND));
    now.forEach(failed -> failures.remove(failed, changes));
    return new Outcome.ParkedPurged(now.size(), now.size() == parked.size());
  }

  /** Answers whether it was appended; it is settled otherwise. */
  private boolean tryAgain(
      Failed failed,
      FailedRow.Builder row,
      long loggedUnixNs,
      Changes changes,
      Map<LogHead, Swarm> grown) {
    Operation first = failures.operation(failed);
    if (originals.hasExpired(first, loggedUnixNs)
        || originals.isSuperseded(failed.swarm(), first)) {
      failures.remove(failed, changes);
      return false;
    }
    LogHead head = failed.swarm().head(failed.log());
    long opId = head.opId() + 1;
    append(failed, first, head, opId, loggedUnixNs, changes);
    grown.put(head, failed.swarm());
    failures.released(failed, row, opId, changes);
    return true;
  }

  private void append(
      Failed failed, Operation first, LogHead head, long opId, long loggedUnixNs, Changes changes) {
    String agent = Keys.failedAgent(failed.key(), failed.swarm().key.length);
    Scope scope = Scopes.canonical(first.getTopic(), Scopes.KIND_AGENT, agent);
    byte[] valueDigest =
        first.getTombstone()
            ? digests.value(Payload.getDefaultInstance())
            : first.getValueDigest().toByteArray();
    Operation.Builder again =
        first.toBuilder()
            .setOpId(opId)
            .setGroupFirst(opId)
            .setGroupLast(opId)
            .setTarget(scope.getTarget())
            .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
            .clearKey()
            .clearKeyExisted()
            .clearTombstone()
            .setAppendTimeUnixNano(loggedUnixNs)
            .setValueDigest(UnsafeByteOperations.unsafeWrap(valueDigest))
            .setOrigin(
                Origin.newBuilder()
                    .setOpId(first.getOpId())
                    .setAttempt(failed.row().getAttempts())
                    .setOperationClass(first.getOperationClass())
                    .setTarget(first.getTarget())
                    .setKey(first.getKey())
                    .setTombstone(first.getTombstone()));
    writer.write(
        failed.swarm(), head, scopes.get(failed.swarm(), scope), again, valueDigest, changes);
  }

  private static Outcome notParked(Swarm swarm, String agent, long opId) {
    return Refusals.of(
        ErrorReason.ERROR_REASON_NOT_PARKED,
        "Expected operation "
            + Long.toUnsignedString(opId)
            + " to be parked for agent '"
            + agent
            + "' of swarm '"
            + swarm.name
            + "', but it is not");
  }
}
