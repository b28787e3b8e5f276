package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest batches of one log of one swarm, and the lanes that sleep until something comes for
 * them.
 *
 * <p>The shard's writer appends and evicts; lanes read and go to sleep on their own threads. All
 * fields are guarded by the monitor, held for as long as it takes to look up a few batches, never
 * for encoding.
 *
 * <p>Invariants: batches are contiguous, from {@code startExclusive} to {@code head}; a lane is
 * asleep only if nothing in its view lies between its cursor and the head.
 */
final class SwarmTail {

  private final TreeMap<Long, TailBatch> batchesByEnd = new TreeMap<>();
  private final Map<Scope, Set<LogLane>> sleepersByScope = new HashMap<>();
  private final Set<LogLane> sleepersOnEverything = new LinkedHashSet<>();

  /** All that are asleep. */
  private final Set<LogLane> sleepers = new HashSet<>();

  private final LogFigures figures = new LogFigures();
  private final ReceiptTimes receipts = new ReceiptTimes();

  /** The run that was committed when the tail was made, which is in no batch. */
  private long firstRunFrom;

  private long firstRunTo;
  private CommitTimes firstRunTimes = CommitTimes.UNKNOWN;

  private long startExclusive;
  // Lanes of agents that are open.
  private int agents;

  private long bytes;
  private Position head;

  SwarmTail(Position head) {
    this.head = head;
    this.startExclusive = head.getOpId();
  }

  synchronized Position head() {
    return head;
  }

  /** What goes through it. */
  LogFigures figures() {
    return figures;
  }

  /** When an operation was committed; unknown if it is not held any more. */
  synchronized CommitTimes times(long opId) {
    if (opId > firstRunFrom && opId <= firstRunTo) {
      return firstRunTimes;
    }
    Map.Entry<Long, TailBatch> batch = batchesByEnd.ceilingEntry(opId);
    return opId <= startExclusive || batch == null ? CommitTimes.UNKNOWN : batch.getValue().times();
  }

  /** A run was committed that the head covered when the tail was made. */
  synchronized void covers(long fromExclusive, long toInclusive, CommitTimes times) {
    firstRunFrom = fromExclusive;
    firstRunTo = toInclusive;
    firstRunTimes = times;
  }

  /** A publish group that is durable was received then, on the monotonic clock. */
  synchronized void received(long firstOpId, long receivedNs) {
    receipts.received(firstOpId, receivedNs);
  }

  /** When that was; 0 if it is not known any more. */
  synchronized long receivedNs(long groupFirstOpId) {
    return receipts.find(groupFirstOpId);
  }

  /**
   * Appends what was committed, contiguous with the head.
   *
   * @return the lanes that were asleep and have something to see; they are awake now
   */
  synchronized Collection<LogLane> append(List<TailBatch> batches, Position to) {
    Set<LogLane> woken = new LinkedHashSet<>();
    for (TailBatch batch : batches) {
      batchesByEnd.put(batch.toInclusive(), batch);
      bytes += batch.bytes();
      for (Scope scope : batch.scopes()) {
        wake(sleepersByScope.get(scope), batch, woken);
      }
      wake(sleepersOnEverything, batch, woken);
    }
    head = to;
    return woken;
  }

  private void wake(@Nullable Set<LogLane> lanes, TailBatch batch, Set<LogLane> woken) {
    if (lanes == null || lanes.isEmpty()) {
      return;
    }
    for (LogLane lane : List.copyOf(lanes)) {
      lane.quietThrough(batch.fromExclusive());
      removeSleeper(lane);
      woken.add(lane);
    }
  }

  /** What a lane can be given next. */
  sealed interface Next {

    /** These batches, from where it stands. */
    record Batches(List<TailBatch> batches, Position to) implements Next {}

    /** What it needs is no longer in memory. */
    record Behind(Position head) implements Next {}

    /** Nothing up to the head is for it; it sleeps until something is. */
    record Asleep(Position head) implements Next {}
  }

  /**
   * Looks up what follows a cursor, or puts the lane to sleep; one that is asleep sleeps on.
   *
   * @param cursor everything up to here was examined for this lane; may lie above the head, as an
   *     entry is durable a moment before it is appended here
   * @param maxBytes ends the answer after the batch that reaches it
   */
  synchronized Next next(LogLane lane, View view, long cursor, long maxBytes) {
    if (sleepers.contains(lane)) {
      // What others were given meanwhile, and what of it was forgotten, is nothing to it.
      return new Next.Asleep(head);
    }
    if (cursor < startExclusive) {
      return new Next.Behind(head);
    }
    List<TailBatch> found = new ArrayList<>();
    long foundBytes = 0;
    TailBatch last = null;
    for (TailBatch batch : batchesByEnd.tailMap(cursor, false).values()) {
      last = batch;
      if (batch.count(view) > 0) {
        found.add(batch);
        foundBytes += batch.bytes();
        if (foundBytes >= maxBytes) {
          break;
        }
      }
    }
    if (found.isEmpty() || last == null) {
      addSleeper(lane, view);
      return new Next.Asleep(head);
    }
    Position to =
        last.toInclusive() == head.getOpId()
            ? head
            : Positions.at(head, last.toInclusive(), last.runningHash());
    return new Next.Batches(found, to);
  }

  /** How many agents read it, asleep or not. */
  synchronized int agents() {
    return agents;
  }

  synchronized void agentCame() {
    agents++;
  }

  synchronized void agentWent() {
    agents--;
  }

  synchronized void remove(LogLane lane) {
    removeSleeper(lane);
  }

  /** Forgets the oldest batch, and answers how many bytes that were. */
  synchronized long evictOldest() {
    Map.Entry<Long, TailBatch> oldest = batchesByEnd.pollFirstEntry();
    if (oldest == null) {
      return 0;
    }
    startExclusive = oldest.getKey();
    bytes -= oldest.getValue().bytes();
    return oldest.getValue().bytes();
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized int batchCount() {
    return batchesByEnd.size();
  }

  private void addSleeper(LogLane lane, View view) {
    sleepers.add(lane);
    if (view.all()) {
      sleepersOnEverything.add(lane);
      return;
    }
    for (Scope scope : view.scopes()) {
      sleepersByScope.computeIfAbsent(scope, s -> new LinkedHashSet<>()).add(lane);
    }
  }

  private void removeSleeper(LogLane lane) {
    if (!sleepers.remove(lane)) {
      return;
    }
    sleepersOnEverything.remove(lane);
    for (Scope scope : lane.view().scopes()) {
      Set<LogLane> lanes = sleepersByScope.get(scope);
      if (lanes != null) {
        lanes.remove(lane);
        if (lanes.isEmpty()) {
          sleepersByScope.remove(scope);
        }
      }
    }
  }
}
