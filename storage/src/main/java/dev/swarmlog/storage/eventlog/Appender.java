package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.eventlog.KeyStates.KeyState;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.PublishRecord;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Appends publish groups: dedupe, then one operation per record, with all rows that follow from it.
 */
final class Appender {

  private static final byte[] NOTHING = new byte[0];
  private static final int DELTA_EVENT = OperationClass.OPERATION_CLASS_EVENT.getNumber();
  private static final int DELTA_KEYED = OperationClass.OPERATION_CLASS_KEYED.getNumber();

  private final Digests digests = new Digests();
  private final Producers producers;
  private final IdempotencyKeys idempotencyKeys;
  private final ScopeStates scopes;
  private final KeyStates keys;

  Appender(
      Producers producers, IdempotencyKeys idempotencyKeys, ScopeStates scopes, KeyStates keys) {
    this.producers = producers;
    this.idempotencyKeys = idempotencyKeys;
    this.scopes = scopes;
    this.keys = keys;
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
    Answer answer = new Answer(0, 0, swarm.epoch, first, last, head.hash(), comparison, head.log);
    if (key.length > 0) {
      idempotencyKeys.remember(swarm, key, answer, loggedUnixNs, changes);
    }
    return new Appended(
        new Outcome.Appended(
            first, head.position(swarm.incarnation, swarm.epoch), /* duplicate= */ false),
        answer);
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
    long opId = groupFirst + at;
    boolean existed = false;
    if (record.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED) {
      byte[] key = record.getKeyBytes().toByteArray();
      existed = appendKeyed(scope, opId, key, record.getTombstone(), valueDigest, changes);
    } else {
      scope.sums.addEvent(digests.event(opId, scope.digestPart, valueDigest));
      changes.put(
          Family.DELTA,
          Bytes.append(scope.partitionAndScope, opId),
          deltaRow(DELTA_EVENT, NOTHING));
    }
    scope.sums.addOperation();
    changes.put(Family.SCOPE, Bytes.append(scope.partitionAndScope, opId), scope.sums.toRow());

    byte[] stored =
        stored(
            command,
            record,
            scope,
            opId,
            groupFirst,
            groupLast,
            existed,
            valueDigest,
            loggedUnixNs);
    byte[] hash = digests.running(head.hash(), stored);
    changes.put(Family.LOG, Bytes.append(head.partition, opId), Bytes.append(hash, stored));
    head.advance(
        new StoredOperation(
            opId,
            groupLast,
            scope.scope,
            record.getOperationClass(),
            hash,
            record.getExpiresAtUnixNano(),
            stored),
        hash);
  }

  /**
   * Moves a key on to a new operation, in state, history, delta and sums. Returns whether it was
   * live before.
   */
  private boolean appendKeyed(
      ScopeStates.ScopeState scope,
      long opId,
      byte[] key,
      boolean tombstone,
      byte[] valueDigest,
      Changes changes) {
    RowKey stateKey = new RowKey(Bytes.append(scope.swarmAndScope, key));
    KeyState before = keys.get(stateKey);
    if (before.hasOperation()) {
      changes.deleteOnce(Family.DELTA, Bytes.append(scope.partitionAndScope, before.opId()));
    }
    if (before.isLive()) {
      scope.sums.removeKey(digests.key(scope.digestPart, key, before.valueDigest()));
    }
    if (!tombstone) {
      scope.sums.addKey(digests.key(scope.digestPart, key, valueDigest));
    }
    byte[] newDigest = tombstone ? NOTHING : valueDigest;
    keys.put(stateKey, new KeyState(opId, newDigest), changes);
    byte[] version =
        new KeyBuilder(1 + newDigest.length).u8(tombstone ? 0 : 1).raw(newDigest).toBytes();
    changes.put(
        Family.HISTORY, Bytes.append(Keys.versions(scope.partitionAndScope, key), ~opId), version);
    changes.put(
        Family.DELTA, Bytes.append(scope.partitionAndScope, opId), deltaRow(DELTA_KEYED, key));
    return before.isLive();
  }

  private static byte[] deltaRow(int operationClass, byte[] key) {
    return new KeyBuilder(1 + key.length).u8(operationClass).raw(key).toBytes();
  }

  private static byte[] stored(
      Append command,
      PublishRecord record,
      ScopeStates.ScopeState scope,
      long opId,
      long groupFirst,
      long groupLast,
      boolean keyExisted,
      byte[] valueDigest,
      long loggedUnixNs) {
    Operation.Builder operation =
        Operation.newBuilder()
            .setOpId(opId)
            .setGroupFirst(groupFirst)
            .setGroupLast(groupLast)
            .setTopic(scope.scope.getTopic())
            .setTarget(scope.scope.getTarget())
            .setOperationClass(record.getOperationClass())
            .setKeyBytes(record.getKeyBytes())
            .setKeyExisted(keyExisted)
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
    return operation.build().toByteArray();
  }
}
