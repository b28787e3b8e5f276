package dev.swarmlog.server.path.commit;

import dev.swarmlog.otel.trace.CommitTrace;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.path.deliver.CommitTimes;
import dev.swarmlog.server.path.deliver.Deliveries;
import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Entry;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commit of one shard: entries go in, answers and deliveries come out once they are durable.
 *
 * <p>Answers are parked by entry index and released by the durable watermark, never before. Owned
 * by the shard's writer thread.
 */
public final class Committer {

  private static final Logger logger = LoggerFactory.getLogger(Committer.class);

  private final Replication replication;
  private final Deliveries deliveries;
  private final CommitMeter meter;

  /** Entries proposed whose application is not known yet, in order of index. */
  private final ArrayDeque<Proposed> proposed = new ArrayDeque<>();

  /** Entries applied but not durable, in order of index: {@code parked.first().index > durable}. */
  private final ArrayDeque<Parked> parked = new ArrayDeque<>();

  /**
   * @param loggedNs when its logged time was read, on the monotonic clock
   */
  private record Proposed(List<Proposal> proposals, long loggedNs, CommitTrace trace) {}

  private record Parked(Applied applied, Proposed proposed) {}

  /**
   * The commit of one shard.
   *
   * @param shard its index
   */
  public Committer(
      Replication replication, Deliveries deliveries, Instruments instruments, int shard) {
    this.meter = new CommitMeter(instruments, shard);
    this.replication = replication;
    this.deliveries = deliveries;
    replication.listener(
        new Replication.Listener() {
          @Override
          public void applied(Applied applied) {
            parked.addLast(new Parked(applied, proposed.removeFirst()));
          }

          @Override
          public void durableThrough(long index) {
            release(index);
          }
        });
  }

  /** Logged time of the last entry; 0 if there is none. */
  public long lastLoggedUnixNs() {
    return replication.lastLoggedUnixNs();
  }

  /** The earliest time at which something is to be tried again; empty if nothing is. */
  public OptionalLong nextRetryUnixNs() {
    return replication.nextRetryUnixNs();
  }

  /** The earliest time at which something expires, or is to be tried again; empty if nothing is. */
  public OptionalLong nextTimerUnixNs() {
    return replication.nextTimerUnixNs();
  }

  /**
   * Commits one entry.
   *
   * @param loggedUnixNs not before that of the last entry
   * @param proposals whose outcomes are awaited, one per command at the front of the entry
   * @param unanswered commands behind them whose outcome nobody awaits
   * @return false if the device has no room for it: nothing is committed until {@link #reopen} has
   *     found some, and then this entry is not there
   */
  public boolean commit(long loggedUnixNs, List<Proposal> proposals, List<Command> unanswered) {
    Entry.Builder entry =
        Entry.newBuilder()
            .setVersion(EventLog.ENTRY_VERSION)
            .setIndex(replication.nextIndex())
            .setLoggedUnixNano(loggedUnixNs);
    for (Proposal proposal : proposals) {
      entry.addCommands(proposal.command());
    }
    entry.addAllCommands(unanswered);
    proposed.addLast(new Proposed(proposals, meter.nowNs(), meter.begin(proposals)));
    if (!foundRoom(() -> replication.append(entry.build()))) {
      proposed.removeLast();
      return false;
    }
    long appliedNs = meter.nowNs();
    replication.flush();
    meter.flushed(appliedNs);
    return true;
  }

  /** Goes on after an entry that found no room; false while there still is none. */
  public boolean reopen() {
    return foundRoom(replication::reopen);
  }

  private static boolean foundRoom(Runnable action) {
    try {
      action.run();
      return true;
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DISK_FULL) {
        throw e;
      }
      logger.debug("No room on the device", e);
      return false;
    }
  }

  private void release(long durableIndex) {
    while (!parked.isEmpty() && parked.getFirst().applied().index() <= durableIndex) {
      Parked entry = parked.removeFirst();
      // Deliveries first: an agent may then see an operation before its publisher hears of the ack,
      // never the other way round by much; both are durable.
      Proposed of = entry.proposed();
      CommitTimes times = new CommitTimes(of.loggedNs(), meter.nowNs());
      meter.durable(entry.applied(), times, of.trace());
      deliveries.committed(entry.applied().runs(), times);
      List<Proposal> proposals = of.proposals();
      for (int i = 0; i < proposals.size(); i++) {
        proposals
            .get(i)
            .listener()
            .settled(entry.applied().outcomes().get(i), replication.durability());
      }
    }
  }
}
