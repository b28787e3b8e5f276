package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.eventlog.DeltaOracle.Place;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Topic;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A reader of a {@link TinyLogs tiny log}, who knows what was given to him and his triple, and
 * nothing else.
 *
 * @param held of each key two bits, 0 or the number of its value from 1 on; above them a bit for
 *     each event
 * @param base of his triple
 * @param cursor of his triple; whole if it is the target
 * @param target of his triple
 * @param exact of his triple
 */
record TinyReader(int held, int base, int cursor, int target, boolean exact) {

  private static final int KEY_BITS = 2;
  private static final int EVENTS_SHIFT = KEY_BITS * TinyLogs.KEYS.length;

  /** A reader who was given each operation up to there. */
  static TinyReader live(List<Operation> whole, int at) {
    return new TinyReader(applied(0, whole, at), at, at, at, true);
  }

  boolean isWhole() {
    return cursor == target;
  }

  /** The delta that is due to him. */
  DeltaBounds resume(int newTarget) {
    if (isWhole()) {
      return DeltaBounds.from(cursor, newTarget);
    }
    return exact
        ? DeltaBounds.resumed(base, cursor, target, newTarget)
        : DeltaBounds.inexact(cursor, newTarget);
  }

  /** Himself, when he has committed a delta as far as that. */
  TinyReader after(DeltaBounds bounds, List<Operation> delta, int newCursor) {
    return new TinyReader(
        applied(held, delta, newCursor),
        (int) bounds.base(),
        newCursor,
        (int) bounds.target(),
        isWhole());
  }

  /** What one holds after the operations up to a cursor. */
  static int applied(int held, List<Operation> operations, int cursor) {
    int now = held;
    for (Operation operation : operations) {
      if (operation.getOpId() > cursor) {
        break;
      }
      now = applied(now, operation);
    }
    return now;
  }

  private static int applied(int held, Operation operation) {
    if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
      int bit = 1 << (EVENTS_SHIFT + (int) operation.getOpId());
      if ((held & bit) != 0) {
        throw new AssertionError("Expected each event once, but again got " + operation);
      }
      return held | bit;
    }
    int shift = KEY_BITS * Arrays.asList(TinyLogs.KEYS).indexOf(operation.getKey());
    int value = operation.getTombstone() ? 0 : operation.getPayload().getData().byteAt(0) - 'a' + 1;
    return held & ~(3 << shift) | value << shift;
  }

  /** His keys, in the words of the oracle. */
  Map<Place, Payload> keys() {
    Map<Place, Payload> keys = new HashMap<>();
    for (int i = 0; i < TinyLogs.KEYS.length; i++) {
      int value = held >> KEY_BITS * i & 3;
      if (value != 0) {
        keys.put(
            new Place(Entries.scope(Topic.TOPIC_RECONCILIATION, Entries.ALL), TinyLogs.KEYS[i]),
            Entries.payload(TinyLogs.VALUES[value - 1]));
      }
    }
    return keys;
  }
}
