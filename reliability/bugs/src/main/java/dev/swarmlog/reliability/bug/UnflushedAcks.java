package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.kv.KeyValueStore;

/** {@link SeededBug#ACK_BEFORE_FSYNC}: a flush that does nothing. */
final class UnflushedAcks implements StoreLayers {

  @Override
  public KeyValueStore over(KeyValueStore store) {
    return Altered.of(KeyValueStore.class, store, new NoFlush());
  }

  static final class NoFlush {
    void sync() {}
  }
}
