package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Appends publish groups: dedupe, then one operation per record. */
final class Appender {

  private final Digests digests;
  private final Producers producers;
  private final IdempotencyKeys idempotencyKeys;
  private final ScopeStates scopes;
  private final OperationWriter writer;

  Appender(
      Digests digests,
      Producers producers,
      IdempotencyKeys idempotencyKeys,
      ScopeStates scopes,
      OperationWriter writer) {
    this.digests = digests;
    this.producers = producers;
    this.idempotencyKeys = idempotencyKeys;
    this.scopes = scopes;
    this.writer = writer;
  }

  /** Appends a group, recalls the answer it had before, or refuses it and changes nothing. */
  Outcome append(Swarm swarm, Append command, long loggedUnixNs, Changes changes) {
    Outcome broken = GroupRules.check(command);
    if (broken != null) {
      return broken;
    }
    List<byte[]> valueDigests = new ArrayList<>(command.getGroup().getRecordsCount());
    for (PublishRecord record : command.getGroup().getRecordsList()) {
      valueDigests.add(digests.value(record.getPayload()));
    }
    byte[] comparison = digests.group(command.getGroup(), valueDigests);
    if (command.getProducerId().isEmpty()) {
      return appendUnnumbered(swarm, command, valueDigests, comparison, loggedUnixNs, changes)
          .outcome;
    }
    Producers.Admission admission = producers.admit(swarm, command, changes);
    if (admission instanceof Producers.Admission.NotAdmitted notAdmitted) {
      return notAdmitted.outcome();
    }
    Producers.Producer producer = ((Producers.Admission.Admitted) admission).producer();
    Outcome recalled =
        producers.recall(swarm, producer, command.getGroup().getNumber(), comparison, changes);
    if (recalled != null) {
      return recalled;
    }
    Appended appended =
        appendUnnumbered(swarm, command, valueDigests, comparison, loggedUnixNs, changes);
    if (appended.answer != null) {
      producers.remember(producer, appended.answer, changes);
    }
    return appended.outcome;
  }

  /**
   * @param answer null if the group was refused
   */
  private record Appended(Outcome outcome, @Nullable Answer answer) {}

  private Appended appendUnnumbered(
      Swarm swarm,
      Append command,
      List<byte[]> valueDigests,
      byte[] comparison,
      long loggedUnixNs,
      Changes changes) {
    ByteString idempotencyKey = command.getGroup().getIdempotencyKeyBytes();
    byte[] key = idempotencyKey.toByteArray();
    if (key.length > 0) {
      Answer known = idempotencyKeys.find(swarm, key, loggedUnixNs, changes);
      if (known != null) {
        Outcome outcome =
            IdempotencyKeys.recall(
                swarm, known, command.getGroup().getIdempotencyKey(), comparison);
        return new Appended(outcome, known.answers(comparison) ? known : null);
      }
    }
    LogHead head = swarm.head(command.getLog());
    long first = head.opId() + 1;
    long last = head.opId() + command.getGroup().getRecordsCount();
    for (int i = 0; i < command.getGroup().getRecordsCount(); i++) {
      appendOne(swarm, head, command, i, first, last, valueDigests.get(i), loggedUnixNs, changes);
    }
    Answer answer =
        new Answer(0, 0, swarm.epochs.current(), first, last, head.hash(), comparison, head.log);
    if (key.length > 0) {
      idempotencyKeys.remember(swarm, key, answer, loggedUnixNs, changes);
    }
    return new Appended(
        new Outcome.Appended(first, swarm.position(head.log), /* duplicate= */ false), answer);
  }

  private void appendOne(
      Swarm swarm,
      LogHead head,
      Append command,
      int at,
      long groupFirst,
      long groupLast,
      byte[] valueDigest,
      long loggedUnixNs,
      Changes changes) {
    PublishRecord record = command.getGroup().getRecords(at);
    ScopeStates.ScopeState scope = scopes.get(swarm, record);
    Operation.Builder operation =
        operation(command, record, scope, groupFirst, groupLast, valueDigest, loggedUnixNs)
            .setOpId(groupFirst + at);
    writer.write(swarm, head, scope, operation, valueDigest, changes);
  }

  private static Operation.Builder operation(
      Append command,
      PublishRecord record,
      ScopeStates.ScopeState scope,
      long groupFirst,
      long groupLast,
      byte[] valueDigest,
      long loggedUnixNs) {
    Operation.Builder operation =
        Operation.newBuilder()
            .setGroupFirst(groupFirst)
            .setGroupLast(groupLast)
            .setTopic(scope.scope.getTopic())
            .setTarget(scope.scope.getTarget())
            .setOperationClass(record.getOperationClass())
            .setKeyBytes(record.getKeyBytes())
            .setTombstone(record.getTombstone())
            .setTerm(record.getTerm())
            .setPublishTimeUnixNano(record.getPublishTimeUnixNano())
            .setAppendTimeUnixNano(loggedUnixNs)
            .setExpiresAtUnixNano(record.getExpiresAtUnixNano())
            .setPublisherBytes(command.getPublisherBytes())
            .setProducerIdBytes(command.getProducerIdBytes())
            .setProducerEpoch(command.getProducerEpoch())
            .setRequestNumber(command.getGroup().getNumber())
            .setTraceparentBytes(record.getTraceparentBytes())
            .setTracestateBytes(record.getTracestateBytes());
    if (!record.getTombstone()) {
      operation.setValueDigest(UnsafeByteOperations.unsafeWrap(valueDigest));
      if (record.hasPayload()) {
        operation.setPayload(record.getPayload());
      }
    }
    return operation;
  }
}
