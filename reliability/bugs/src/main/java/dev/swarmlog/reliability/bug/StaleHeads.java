package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.eventlog.StoreLayers;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@link SeededBug#STALE_READ}: whoever is not the writer is shown each swarm as it was before the
 * last flush.
 */
final class StaleHeads implements StoreLayers {

  @Override
  public EventLog over(EventLog log) {
    return Altered.of(EventLog.class, log, new OneFlushAgo(log));
  }

  static final class OneFlushAgo {
    private final EventLog log;

    /** Both are replaced as wholes by the writer, read by any thread. */
    private volatile Map<String, SwarmState> before = Map.of();

    private volatile @Nullable Thread writer;

    OneFlushAgo(EventLog log) {
      this.log = log;
    }

    void sync() {
      writer = Thread.currentThread();
      Map<String, SwarmState> shown = new HashMap<>();
      for (String name : log.swarmNames()) {
        log.swarm(name).ifPresent(swarm -> shown.put(name, swarm));
      }
      log.sync();
      before = shown;
    }

    Optional<SwarmState> swarm(String name) {
      SwarmState old = Thread.currentThread() == writer ? null : before.get(name);
      return old == null ? log.swarm(name) : Optional.of(old);
    }
  }
}
