package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.SyncSize;
import java.util.List;

/** Adds up what is sent. Owned by one thread at a time. */
final class SizeTally {

  private long events;
  private long keys;
  private long tombstones;
  private long eventBytes;
  private long keyedBytes;

  void addAll(List<StoredOperation> operations) {
    for (StoredOperation operation : operations) {
      if (operation.isKeyed()) {
        keys++;
        tombstones += StoredForm.isTombstone(operation) ? 1 : 0;
        keyedBytes += operation.bytes().length;
      } else {
        events++;
        eventBytes += operation.bytes().length;
      }
    }
  }

  /** Of keyed entries only. */
  long keyedBytes() {
    return keyedBytes;
  }

  SyncSize toProto() {
    return SyncSize.newBuilder()
        .setEventsCount(events)
        .setKeysCount(keys)
        .setTombstonesCount(tombstones)
        .setBytes(eventBytes + keyedBytes)
        .build();
  }
}
