package dev.swarmlog.server.path.batch;

import dev.swarmlog.server.path.commit.Proposal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a shard's writer, bounded in count and in bytes.
 *
 * <p>Any thread offers; the writer thread takes. Who is refused for want of room may ask to be
 * woken when there is some again. The lock is held for a few instructions only, so that an event
 * loop may take it.
 */
final class Mailbox {

  private final int maxCommands;
  private final long maxBytes;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notEmpty = lock.newCondition();

  // Guarded by lock. Invariant: queue.size() <= maxCommands, bytes = sum over queue.
  private final ArrayDeque<Proposal> queue = new ArrayDeque<>();
  private final ArrayList<Runnable> waitingForRoom = new ArrayList<>();
  private long bytes;
  private boolean closed;

  Mailbox(int maxCommands, long maxBytes) {
    this.maxCommands = maxCommands;
    this.maxBytes = maxBytes;
  }

  /** How an offer went. */
  enum Offer {
    TAKEN,
    FULL,
    CLOSED
  }

  /**
   * Offers a proposal.
   *
   * @param whenRoom run once, by the writer thread, after {@link Offer#FULL} when half of the room
   *     is free again or the mailbox is closed; must not block
   */
  Offer offer(Proposal proposal, @Nullable Runnable whenRoom) {
    lock.lock();
    try {
      if (closed) {
        return Offer.CLOSED;
      }
      if (queue.size() >= maxCommands || (bytes + proposal.bytes() > maxBytes && bytes > 0)) {
        if (whenRoom != null) {
          waitingForRoom.add(whenRoom);
        }
        return Offer.FULL;
      }
      queue.addLast(proposal);
      bytes += proposal.bytes();
      if (queue.size() == 1) {
        notEmpty.signal();
      }
      return Offer.TAKEN;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes what waits, up to the bounds, waiting for the first proposal if there is none.
   *
   * @return empty only after {@link #close}, or after the time has passed
   */
  List<Proposal> take(int maxTaken, long maxTakenBytes, long waitNs) throws InterruptedException {
    List<Proposal> taken = new ArrayList<>();
    List<Runnable> woken = List.of();
    lock.lockInterruptibly();
    try {
      long leftNs = waitNs;
      while (queue.isEmpty() && !closed && leftNs > 0) {
        leftNs = notEmpty.awaitNanos(leftNs);
      }
      long takenBytes = 0;
      while (!queue.isEmpty() && taken.size() < maxTaken) {
        int next = queue.getFirst().bytes();
        if (!taken.isEmpty() && takenBytes + next > maxTakenBytes) {
          break;
        }
        taken.add(queue.removeFirst());
        takenBytes += next;
      }
      bytes -= takenBytes;
      if (!waitingForRoom.isEmpty() && queue.size() <= maxCommands / 2 && bytes <= maxBytes / 2) {
        woken = List.copyOf(waitingForRoom);
        waitingForRoom.clear();
      }
    } finally {
      lock.unlock();
    }
    woken.forEach(Runnable::run);
    return taken;
  }

  /** Takes nothing more; what waits can still be taken. */
  void close() {
    List<Runnable> woken;
    lock.lock();
    try {
      closed = true;
      woken = List.copyOf(waitingForRoom);
      waitingForRoom.clear();
      notEmpty.signalAll();
    } finally {
      lock.unlock();
    }
    woken.forEach(Runnable::run);
  }

  /** Takes everything, without waiting. */
  List<Proposal> drain() {
    lock.lock();
    try {
      List<Proposal> drained = List.copyOf(queue);
      queue.clear();
      bytes = 0;
      return drained;
    } finally {
      lock.unlock();
    }
  }

  boolean closed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }
}
