package dev.swarmlog.server.path.commit;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.v1.Durability;
import java.util.OptionalLong;

/** One copy: an entry is durable when the local log has flushed it. */
final class LocalReplication implements Replication {

  private final EventLog log;
  private final Durability durability;
  private Listener listener;

  /**
   * A replication to one log.
   *
   * @param durability what the log's sync achieves
   */
  LocalReplication(EventLog log, Durability durability) {
    this.log = log;
    this.durability = durability;
    this.listener =
        new Listener() {
          @Override
          public void applied(dev.swarmlog.storage.Applied applied) {
            throw new IllegalStateException("Expected a listener before the first entry");
          }

          @Override
          public void durableThrough(long index) {}
        };
  }

  @Override
  public long nextIndex() {
    return log.appliedIndex() + 1;
  }

  @Override
  public long lastLoggedUnixNs() {
    return log.loggedUnixNs();
  }

  @Override
  public OptionalLong nextTimerUnixNs() {
    return log.nextTimerUnixNs();
  }

  @Override
  public OptionalLong nextRetryUnixNs() {
    return log.nextRetryUnixNs();
  }

  @Override
  public Durability durability() {
    return durability;
  }

  @Override
  public void listener(Listener listener) {
    this.listener = listener;
  }

  @Override
  public void append(Entry entry) {
    listener.applied(log.apply(entry));
  }

  @Override
  public void reopen() {
    log.reopen();
  }

  @Override
  public void flush() {
    log.sync();
    listener.durableThrough(log.durableIndex());
  }
}
