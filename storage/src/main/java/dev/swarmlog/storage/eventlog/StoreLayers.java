package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.KeyValueEventLog.DurableListener;
import dev.swarmlog.storage.kv.KeyValueStore;

/**
 * What lies around the event log of one shard: between it and its rows, between it and the mark of
 * what is durable, and between it and the coordinator. In a coordinator that serves somebody
 * nothing does; tests put faults there, so that nothing else has to know of them.
 *
 * <p>Each method is called once while the shard is opened, in the order in which they stand here,
 * by the thread that opens it.
 */
public interface StoreLayers {

  /** Nothing in between. */
  StoreLayers NONE = new StoreLayers() {};

  /** The rows as the event log shall see them. Closed in place of the store given. */
  default KeyValueStore over(KeyValueStore store) {
    return store;
  }

  /** Who is told in place of the listener given what has become durable. */
  default DurableListener over(DurableListener listener) {
    return listener;
  }

  /** The event log as the coordinator shall see it, which has been checked by now. */
  default EventLog over(EventLog log) {
    return log;
  }
}
