package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.Log;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Swarms with their durable heads, as readers see them.
 *
 * <p>Written by the writer thread after a sync, read by any thread. Each swarm is replaced whole,
 * so a reader never sees a head that is half moved.
 */
final class PublishedSwarms {

  private final NavigableMap<String, Published> byName = new ConcurrentSkipListMap<>();

  /**
   * A swarm at a durable moment.
   *
   * @param key what all its keys start with
   * @param main how far the log has been compacted by now; not of that moment
   * @param control the same
   */
  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  record Published(SwarmState state, byte[] key, AppliedHorizon main, AppliedHorizon control) {

    /** Of a log that exists. */
    AppliedHorizon horizon(Log log) {
      return log == Log.LOG_CONTROL ? control : main;
    }
  }

  void publish(Swarm swarm) {
    byName.put(
        swarm.name,
        new Published(swarm.toState(), swarm.key, swarm.main.horizon(), swarm.control.horizon()));
  }

  @Nullable Published find(String name) {
    return byName.get(name);
  }

  /** As {@link #find}, for callers who know that it exists. */
  Published get(String name) {
    Published found = byName.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "Expected an existing swarm, but there is none named '" + name + "'");
    }
    return found;
  }

  List<String> names() {
    return List.copyOf(byName.keySet());
  }
}
