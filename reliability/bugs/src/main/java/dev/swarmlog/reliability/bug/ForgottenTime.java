package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * {@link SeededBug#LOGGED_TIME_GOES_BACK}: a shard that is opened knows no logged time, so that a
 * wall clock that went back meanwhile takes the logged clock with it.
 */
final class ForgottenTime implements StoreLayers {

  @Override
  public KeyValueStore over(KeyValueStore store) {
    return Altered.of(KeyValueStore.class, store, new WithoutTime(store));
  }

  record WithoutTime(KeyValueStore store) {
    byte @Nullable [] get(Family family, byte[] key) {
      byte[] row = store.get(family, key);
      if (row == null || family != Family.META || !RawKeys.isApplied(key)) {
        return row;
      }
      return ByteBuffer.allocate(2 * Long.BYTES).putLong(ByteBuffer.wrap(row).getLong()).array();
    }
  }
}
