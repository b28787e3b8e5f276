package dev.swarmlog.server.path.commit;

import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.v1.Durability;
import java.util.OptionalLong;

/**
 * The seam at which a shard's entries become durable: today by the local log and its fsync, later
 * by a consensus group. Nothing above it knows which.
 *
 * <p>All calls, and all calls of the listener, happen on the shard's writer thread.
 */
public interface Replication {

  /**
   * One copy: an entry is durable when the local log has flushed it.
   *
   * @param durability what the log's sync achieves
   */
  static Replication local(EventLog log, Durability durability) {
    return new LocalReplication(log, durability);
  }

  /** Index the next entry must have. */
  long nextIndex();

  /** Logged time of the last entry; 0 if there is none. */
  long lastLoggedUnixNs();

  /** The earliest time at which something expires, or is to be tried again, as applied. */
  OptionalLong nextTimerUnixNs();

  /** The earliest time at which something is to be tried again, as applied; empty if nothing is. */
  OptionalLong nextRetryUnixNs();

  /** The level that {@link Listener#durableThrough} stands for. */
  Durability durability();

  /** Who hears of progress. Set once, before the first entry. */
  void listener(Listener listener);

  /**
   * Takes the next entry. The listener hears of it in the order of the entries.
   *
   * @throws dev.swarmlog.storage.StorageException of kind {@code DISK_FULL} if there is no room for
   *     it: nothing is taken until {@link #reopen} has succeeded
   */
  void append(Entry entry);

  /**
   * Goes on after an entry that found no room; that one will never be there.
   *
   * @throws dev.swarmlog.storage.StorageException of kind {@code DISK_FULL} while there is no room
   */
  void reopen();

  /** Nothing more waits just now: make durable what was taken. */
  void flush();

  /** Hears of progress. */
  interface Listener {

    /** An entry was applied. It may still be lost. */
    void applied(Applied applied);

    /** Entries up to this index will not be lost. */
    void durableThrough(long index);
  }
}
