package dev.swarmlog.server.path.batch;

import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.ProcessTerminator;
import dev.swarmlog.server.Threads;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.commit.Committer;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Expire;
import dev.swarmlog.storage.v1.ReleaseRetries;
import dev.swarmlog.v1.Log;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single writer of one shard: everything that changes the shard passes through here, one entry
 * at a time.
 *
 * <p>It takes what waits, up to the bounds of an entry, and commits it as one. While the device
 * flushes one entry, the next gathers: that is the group commit, and it needs no timer.
 *
 * <p>It also keeps time: once the logged clock has reached the next expiry, or the time to try an
 * operation again, an entry says so, with or without anything else in it. While the wall clock is
 * in a jump no key expires and nothing is tried again.
 *
 * <p>An entry that finds no room on the device waits until there is some, and nothing is taken
 * meanwhile.
 *
 * <p><b>Threads.</b> {@link #propose} and {@link #noteCursor} may be called by any thread. {@link
 * #step} belongs to the writer thread; a simulation calls it itself.
 */
public final class ShardWriter {

  private static final Logger logger = LoggerFactory.getLogger(ShardWriter.class);

  /** How long the writer waits before it looks whether it shall stop. */
  static final long IDLE_NS = TimeUnit.SECONDS.toNanos(1);

  /** How often it is tried whether there is room on the device again. */
  private static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

  private static final int MAX_CURSORS_PER_ENTRY = 1_000;
  private static final List<Command> RETRIES =
      List.of(Command.newBuilder().setReleaseRetries(ReleaseRetries.getDefaultInstance()).build());
  private static final List<Command> TIMERS =
      List.of(Command.newBuilder().setExpire(Expire.getDefaultInstance()).build(), RETRIES.get(0));

  private final Mailbox mailbox;
  private final CursorNotes cursors = new CursorNotes();
  private final Committer committer;
  private final LoggedClock clock;
  private final Limits limits;
  private final TimeSource time;
  private final CommitFigures figures;
  private final DiskSpace disk;
  private final ProcessTerminator terminator;

  /** For {@link DiskSpace}. */
  private final String name;

  private final Threads threads;
  private final String threadName;
  private boolean clockJumped;

  /** Set when it is started. */
  private volatile Threads.@Nullable Running running;

  /** Of an entry that found no room; null if there is none. Writer thread. */
  private @Nullable Waiting waiting;

  /** Whether that was tried since it found none. Writer thread. */
  private boolean triedAgain;

  /** Whether an entry waits, for any thread. */
  private volatile boolean withoutRoom;

  /**
   * What an entry is made of.
   *
   * @param proposals at the front
   * @param unanswered behind them
   */
  private record Waiting(List<Proposal> proposals, List<Command> unanswered) {}

  /** A writer of a log in memory, or of a test: there always is room for an entry. */
  public ShardWriter(
      int shard,
      Committer committer,
      Limits limits,
      TimeSource time,
      Threads threads,
      ProcessTerminator terminator) {
    this(shard, committer, limits, time, threads, DiskSpace.endless(), terminator);
  }

  /**
   * A writer that is not started yet.
   *
   * @param shard its index, for the thread's name
   * @param disk hears when there is no room for an entry
   * @param terminator ends the process when the store cannot be trusted any more
   */
  public ShardWriter(
      int shard,
      Committer committer,
      Limits limits,
      TimeSource time,
      Threads threads,
      DiskSpace disk,
      ProcessTerminator terminator) {
    this.name = "shard " + shard;
    this.disk = disk;
    this.terminator = terminator;
    this.threads = threads;
    this.threadName = "shard-writer-" + shard;
    this.committer = committer;
    this.limits = limits;
    this.time = time;
    this.mailbox = new Mailbox(limits.maxQueuedCommandsPerShard(), limits.maxQueuedBytesPerShard());
    this.clock = new LoggedClock(time, committer.lastLoggedUnixNs());
    this.figures = new CommitFigures(time);
  }

  /**
   * How a writer is doing.
   *
   * @param queuedCommands waiting
   * @param queuedBytes of those
   * @param entries committed since the start
   * @param commitP50Us what an entry took lately, gathering not included, in microseconds
   * @param commitP99Us the same, 99th percentile
   */
  public record Load(
      int queuedCommands, long queuedBytes, long entries, long commitP50Us, long commitP99Us) {}

  /** How a proposal was received. */
  public enum Reception {
    /** Its listener will hear of the outcome. */
    TAKEN,
    /**
     * The same, but there was no room: whoever proposed is to propose nothing more until he is
     * called back.
     */
    HOLD_BACK,
    /** There is no room; its listener will hear nothing. */
    FULL,
    /** There is no room on the device; its listener will hear nothing. */
    DISK_FULL,
    /** The coordinator stops; its listener will hear nothing. */
    STOPPING
  }

  /**
   * Proposes a change, and is never refused for want of room in the queue.
   *
   * @param whenRoom run once on the writer thread after {@link Reception#HOLD_BACK}, when there is
   *     room for more; must not block
   */
  public Reception propose(Proposal proposal, Runnable whenRoom) {
    return offer(proposal, whenRoom);
  }

  /** Proposes a change; {@link Reception#FULL} if there is no room. */
  public Reception propose(Proposal proposal) {
    return offer(proposal, null);
  }

  private Reception offer(Proposal proposal, @Nullable Runnable whenRoom) {
    if (withoutRoom) {
      return Reception.DISK_FULL;
    }
    return switch (mailbox.offer(proposal, whenRoom)) {
      case TAKEN -> Reception.TAKEN;
      case HOLD_BACK -> Reception.HOLD_BACK;
      case FULL -> Reception.FULL;
      case CLOSED -> Reception.STOPPING;
    };
  }

  /** Whether an entry waits for room on the device. */
  public boolean withoutRoom() {
    return withoutRoom;
  }

  /** Notes that an agent has durably applied everything up to an operation. */
  public void noteCursor(String swarm, String agent, Log log, long ackedOpId) {
    cursors.note(swarm, agent, log, ackedOpId);
  }

  /** What was noted of an agent and is in no entry yet; 0 if nothing is. */
  public long notedCursor(String swarm, String agent, Log log) {
    return cursors.noted(swarm, agent, log);
  }

  /** How the writer is doing, for people to read. */
  public Load load() {
    return new Load(
        mailbox.size(),
        mailbox.bytes(),
        figures.entries(),
        figures.quantileUs(0.5),
        figures.quantileUs(0.99));
  }

  /** Whether nothing waits to be put into an entry; what is due at a time does not count. */
  public boolean isIdle() {
    return mailbox.size() == 0;
  }

  /** Starts the writer's thread. */
  public void start() {
    running = threads.start(threadName, IDLE_NS, this::step, this::ended);
  }

  /**
   * Takes nothing more, commits what waits, and ends the thread.
   *
   * @return false if that took longer than the time given; the thread is interrupted then
   */
  public boolean stop(Duration timeout) throws InterruptedException {
    mailbox.close();
    Threads.Running started = running;
    return started == null || started.join(timeout);
  }

  /**
   * Commits at most one entry, waiting for something to do.
   *
   * @return false when the mailbox is closed and empty: there will never be anything to do again
   */
  boolean step(long waitNs) throws InterruptedException {
    Waiting entry = waiting;
    if (entry != null) {
      return goOn(entry, waitNs);
    }
    List<Proposal> proposals =
        mailbox.take(
            limits.maxEntryCommands(),
            limits.maxEntryBytes(),
            Math.min(waitNs, untilTimerNs(readClock())));
    long nowUnixNs = readClock();
    boolean closing = proposals.isEmpty() && mailbox.closed();
    // What is due while the coordinator stops is left to the next start: there may be much of it.
    boolean timersDue = !closing && untilTimerNs(nowUnixNs) == 0;
    if (proposals.isEmpty() && !closing && !timersDue) {
      return true;
    }
    List<Command> unanswered = new ArrayList<>(cursors.drain(MAX_CURSORS_PER_ENTRY));
    if (timersDue) {
      unanswered.addAll(clockJumped ? RETRIES : TIMERS);
    }
    if (proposals.isEmpty() && unanswered.isEmpty()) {
      return false;
    }
    commit(nowUnixNs, new Waiting(proposals, unanswered));
    return true;
  }

  private void commit(long nowUnixNs, Waiting entry) {
    long startNs = time.monotonicNs();
    if (committer.commit(nowUnixNs, entry.proposals(), entry.unanswered())) {
      figures.committed(time.monotonicNs() - startNs);
      return;
    }
    waiting = entry;
    triedAgain = false;
    withoutRoom = true;
    disk.full(name, /* mayHaveReserve= */ true);
  }

  /**
   * Commits what found no room once there is some. Until then nobody knows what became of it, so it
   * gets no answer; when the coordinator stops first, it never gets one.
   */
  private boolean goOn(Waiting entry, long waitNs) throws InterruptedException {
    if (mailbox.awaitClosed(triedAgain ? Math.min(waitNs, AGAIN_NS) : 0)) {
      return false;
    }
    triedAgain = true;
    if (committer.reopen()) {
      waiting = null;
      withoutRoom = false;
      disk.roomAgain(name);
      commit(readClock(), entry);
    } else {
      disk.full(name, /* mayHaveReserve= */ true);
    }
    return true;
  }

  /**
   * How long nothing expires or is to be tried again; 0 if something is now. An expiry is a point
   * in time, which clocks that disagree do not tell. A retry comes so long after a refusal, which
   * the logged clock tells whatever the wall clock does.
   */
  private long untilTimerNs(long nowUnixNs) {
    OptionalLong nextUnixNs =
        clockJumped ? committer.nextRetryUnixNs() : committer.nextTimerUnixNs();
    return nextUnixNs.isEmpty() ? Long.MAX_VALUE : Math.max(0, nextUnixNs.getAsLong() - nowUnixNs);
  }

  private void ended(@Nullable Throwable failure) {
    try {
      if (failure instanceof StorageException refused) {
        terminator.storageFailed(refused);
      } else if (failure != null) {
        terminate("Expected an entry to apply, but that failed: " + failure, failure);
      }
    } finally {
      abandonAll();
    }
  }

  private void terminate(String message, Throwable cause) {
    terminator.terminate(ProcessTerminator.STORAGE_FAILED_EXIT_CODE, message, cause);
  }

  /** Tells everyone who still waits that nothing will come of it. */
  private void abandonAll() {
    mailbox.close();
    mailbox.drain().forEach(proposal -> proposal.listener().abandoned());
  }

  /** The logged time it is, and a look whether the wall clock agrees. */
  private long readClock() {
    long loggedUnixNs = clock.nextUnixNs();
    long aheadNs = clock.wallClockAheadNs();
    boolean jumped = Math.abs(aheadNs) > LoggedClock.JUMP_NS;
    if (jumped && !clockJumped) {
      logger.warn(
          "The wall clock is {} ms away from the logged clock, which follows it slowly. No key"
              + " expires until they agree.{}",
          TimeUnit.NANOSECONDS.toMillis(aheadNs),
          aheadNs > 0 ? " If the wall clock is right, restart the coordinator." : "");
    } else if (clockJumped && !jumped) {
      logger.info("The wall clock and the logged clock agree again. What is due expires now.");
    }
    clockJumped = jumped;
    return loggedUnixNs;
  }
}
