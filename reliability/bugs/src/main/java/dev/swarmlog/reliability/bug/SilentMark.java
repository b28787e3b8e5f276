package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.eventlog.KeyValueEventLog.DurableListener;
import dev.swarmlog.storage.eventlog.StoreLayers;

/**
 * {@link SeededBug#SIDECAR_LIES}: the mark is told nothing, and so says that nothing is durable.
 */
final class SilentMark implements StoreLayers {

  @Override
  public DurableListener over(DurableListener listener) {
    return new DurableListener() {
      @Override
      public void durableThrough(long index) {}

      @Override
      public void close() {
        listener.close();
      }
    };
  }
}
