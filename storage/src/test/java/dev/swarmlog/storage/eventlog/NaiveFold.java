package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.KeyedBounds;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.DeltaOracle.Place;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What follows from a log by definition, computed by walking all of it. Shares no code with what it
 * judges.
 */
final class NaiveFold {

  /** The whole log; operation n is at n - 1. */
  private final List<Operation> log;

  NaiveFold(List<Operation> log) {
    this.log = log;
  }

  /** IDs of the view's operations in an interval. */
  List<Long> read(View view, long from, long to) {
    return log.subList((int) from, (int) to).stream()
        .filter(operation -> view.contains(scope(operation)))
        .map(Operation::getOpId)
        .toList();
  }

  /** Tombstones and keyed bytes of the view in an interval, and bytes of its state at the end. */
  KeyedBounds keyedBounds(View view, long from, long to) {
    long deletions = 0;
    long writtenBytes = 0;
    Map<Place, Integer> live = new HashMap<>();
    for (Operation operation : log.subList(0, (int) to)) {
      boolean keyed = operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED;
      if (!keyed || !view.contains(scope(operation))) {
        continue;
      }
      if (operation.getOpId() > from) {
        deletions += operation.getTombstone() ? 1 : 0;
        writtenBytes += operation.getSerializedSize();
      }
      if (operation.getTombstone()) {
        live.remove(Place.of(operation));
      } else {
        live.put(Place.of(operation), operation.getSerializedSize());
      }
    }
    long stateBytes = live.values().stream().mapToLong(bytes -> bytes).sum();
    return new KeyedBounds(deletions, writtenBytes, OptionalLong.of(stateBytes));
  }

  /** Sums of one scope at an operation, or null if it had none by then. */
  ScopeSums sums(Scope scope, long at) {
    Map<String, byte[]> live = new HashMap<>();
    BigInteger events = BigInteger.ZERO;
    long eventCount = 0;
    long opCount = 0;
    for (Operation operation : log.subList(0, (int) at)) {
      if (!scope(operation).equals(scope)) {
        continue;
      }
      opCount++;
      byte[] value = NaiveDigests.value(operation.getPayload());
      if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
        eventCount++;
        events = NaiveDigests.sum(events, NaiveDigests.event(operation.getOpId(), scope, value));
      } else if (operation.getTombstone()) {
        live.remove(operation.getKey());
      } else {
        live.put(operation.getKey(), value);
      }
    }
    BigInteger state = BigInteger.ZERO;
    for (Map.Entry<String, byte[]> key : live.entrySet()) {
      state = NaiveDigests.sum(state, NaiveDigests.key(scope, key.getKey(), key.getValue()));
    }
    return ScopeSums.newBuilder()
        .setScope(scope)
        .setStateDigest(NaiveDigests.sixteenBytes(state))
        .setEventCount(eventCount)
        .setEventHash(NaiveDigests.sixteenBytes(events))
        .setOpCount(opCount)
        .build();
  }

  static Scope scope(Operation operation) {
    return Scope.newBuilder()
        .setTopic(operation.getTopic())
        .setTarget(operation.getTarget())
        .build();
  }

  /** Scopes that occur, in the order in which they first do. */
  List<Scope> scopes() {
    return log.stream().map(NaiveFold::scope).distinct().toList();
  }
}
