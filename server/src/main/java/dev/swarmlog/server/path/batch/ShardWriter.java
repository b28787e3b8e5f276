package dev.swarmlog.server.path.batch;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.commit.Committer;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.Log;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single writer of one shard: everything that changes the shard passes through here, one entry
 * at a time.
 *
 * <p>It takes what waits, up to the bounds of an entry, and commits it as one. While the device
 * flushes one entry, the next gathers: that is the group commit, and it needs no timer.
 *
 * <p><b>Threads.</b> {@link #propose} and {@link #noteCursor} may be called by any thread. {@link
 * #step} belongs to the writer thread; a simulation calls it itself.
 */
public final class ShardWriter {

  private static final Logger logger = LoggerFactory.getLogger(ShardWriter.class);

  /** How long the writer waits before it looks whether it shall stop. */
  static final long IDLE_NS = TimeUnit.SECONDS.toNanos(1);

  private static final int MAX_CURSORS_PER_ENTRY = 1_000;

  private final Mailbox mailbox;
  private final CursorNotes cursors = new CursorNotes();
  private final Committer committer;
  private final LoggedClock clock;
  private final Limits limits;
  private final TimeSource time;
  private final CommitFigures figures;
  private boolean clockJumped;

  ShardWriter(Committer committer, Limits limits, TimeSource time) {
    this.committer = committer;
    this.limits = limits;
    this.time = time;
    this.mailbox = new Mailbox(limits.maxQueuedCommandsPerShard(), limits.maxQueuedBytesPerShard());
    this.clock = new LoggedClock(time, committer.lastLoggedUnixNs());
    this.figures = new CommitFigures(time);
  }

  /** How a proposal was received. */
  public enum Reception {
    /** Its listener will hear of the outcome. */
    TAKEN,
    /** There is no room; its listener will hear nothing. */
    FULL,
    /** The coordinator stops; its listener will hear nothing. */
    STOPPING
  }

  /**
   * Proposes a change.
   *
   * @param whenRoom run once on the writer thread after {@link Reception#FULL}, when there is room
   *     again; must not block
   */
  public Reception propose(Proposal proposal, Runnable whenRoom) {
    return switch (mailbox.offer(proposal, whenRoom)) {
      case TAKEN -> Reception.TAKEN;
      case FULL -> Reception.FULL;
      case CLOSED -> Reception.STOPPING;
    };
  }

  /** Notes that an agent has durably applied everything up to an operation. */
  public void noteCursor(String swarm, String agent, Log log, long ackedOpId) {
    cursors.note(swarm, agent, log, ackedOpId);
  }

  /** Figures of this shard, for people to read. */
  public CommitFigures figures() {
    return figures;
  }

  /** Commands waiting. */
  public int queuedCommands() {
    return mailbox.size();
  }

  /** Bytes of the commands waiting. */
  public long queuedBytes() {
    return mailbox.bytes();
  }

  /**
   * Commits at most one entry, waiting for something to do.
   *
   * @return false when the mailbox is closed and empty: there will never be anything to do again
   */
  boolean step(long waitNs) throws InterruptedException {
    List<Proposal> proposals =
        mailbox.take(limits.maxEntryCommands(), limits.maxEntryBytes(), waitNs);
    boolean closing = proposals.isEmpty() && mailbox.closed();
    if (proposals.isEmpty() && !closing) {
      return true;
    }
    List<Command> cursorCommands = cursors.drain(MAX_CURSORS_PER_ENTRY);
    if (proposals.isEmpty() && cursorCommands.isEmpty()) {
      return false;
    }
    long startNs = time.monotonicNs();
    committer.commit(stamp(), proposals, cursorCommands);
    figures.committed(proposals.size(), time.monotonicNs() - startNs);
    return true;
  }

  void close() {
    mailbox.close();
  }

  /**
   * Tells everyone who still waits that nothing will come of it. Writer thread, after a failure.
   */
  void abandonAll() throws InterruptedException {
    mailbox.close();
    for (List<Proposal> left = mailbox.take(Integer.MAX_VALUE, Long.MAX_VALUE, 0);
        !left.isEmpty();
        left = mailbox.take(Integer.MAX_VALUE, Long.MAX_VALUE, 0)) {
      left.forEach(proposal -> proposal.listener().abandoned());
    }
  }

  private long stamp() {
    long loggedUnixNs = clock.nextUnixNs();
    boolean jumped = Math.abs(clock.wallClockAheadNs()) > LoggedClock.JUMP_NS;
    if (jumped && !clockJumped) {
      logger.warn(
          "The wall clock is {} ms away from the logged clock, which follows it slowly.",
          TimeUnit.NANOSECONDS.toMillis(clock.wallClockAheadNs()));
    }
    clockJumped = jumped;
    return loggedUnixNs;
  }
}
