package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.KeyValueEventLog.DurableListener;
import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.kv.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * {@link SeededBug#DELIVERY_ABOVE_WATERMARK}: heads are published first and flushed afterwards.
 * Publishers still hear nothing before the flush.
 */
final class EarlyReads implements StoreLayers {

  private @Nullable KeyValueStore store;
  private @Nullable DurableListener listener;

  /** What the listener has not been told yet. Writer thread. */
  private long publishedIndex;

  @Override
  public KeyValueStore over(KeyValueStore original) {
    store = original;
    return Altered.of(KeyValueStore.class, original, new UnflushedAcks.NoFlush());
  }

  @Override
  public DurableListener over(DurableListener original) {
    listener = original;
    return new DurableListener() {
      @Override
      public void durableThrough(long index) {
        publishedIndex = index;
      }

      @Override
      public void close() {
        original.close();
      }
    };
  }

  @Override
  public EventLog over(EventLog log) {
    return Altered.of(EventLog.class, log, new FlushAfterwards(log));
  }

  final class FlushAfterwards {
    private final EventLog log;

    FlushAfterwards(EventLog log) {
      this.log = log;
    }

    void sync() {
      log.sync();
      if (store != null && listener != null) {
        store.sync();
        listener.durableThrough(publishedIndex);
      }
    }
  }
}
