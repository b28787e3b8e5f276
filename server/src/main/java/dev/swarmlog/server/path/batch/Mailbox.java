package dev.swarmlog.server.path.batch;

import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.FairQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a shard's writer, bounded in count and in bytes, and shared between swarms and
 * their publishers as {@link FairQueue} says.
 *
 * <p>Any thread offers; the writer thread takes. Who finds no room may hold back instead of being
 * refused: his proposal waits all the same, and he is told when he may go on. The lock is held for
 * a few queue operations per proposal and never for more, so that an event loop may take it.
 */
final class Mailbox {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notEmpty = lock.newCondition();

  // Guarded by lock.
  private final FairQueue<Waiting> queue;
  private boolean closed;

  /**
   * A proposal that waits.
   *
   * @param letIn run when it has room; null if it had some from the beginning
   */
  private record Waiting(Proposal proposal, @Nullable Runnable letIn) {}

  Mailbox(int maxCommands, long maxBytes) {
    this.queue = new FairQueue<>(maxCommands, maxBytes);
  }

  /** How an offer went. */
  enum Offer {
    TAKEN,
    /** Taken, but whoever offered is to offer nothing more until he is called back. */
    HOLD_BACK,
    FULL,
    CLOSED
  }

  /**
   * Offers a proposal.
   *
   * @param whenRoom run once, by the writer thread, after {@link Offer#HOLD_BACK}; must not block.
   *     Null: {@link Offer#FULL} instead
   */
  Offer offer(Proposal proposal, @Nullable Runnable whenRoom) {
    lock.lock();
    try {
      if (closed) {
        return Offer.CLOSED;
      }
      boolean wasEmpty = queue.isEmpty();
      Offer offer = Offer.TAKEN;
      if (!queue.offer(proposal.flow(), new Waiting(proposal, null), 1, proposal.bytes())) {
        if (whenRoom == null) {
          return Offer.FULL;
        }
        queue.park(proposal.flow(), new Waiting(proposal, whenRoom), 1, proposal.bytes());
        offer = Offer.HOLD_BACK;
      }
      if (wasEmpty) {
        notEmpty.signal();
      }
      return offer;
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
    List<Waiting> letIn = new ArrayList<>();
    lock.lockInterruptibly();
    try {
      long leftNs = waitNs;
      while (queue.isEmpty() && !closed && leftNs > 0) {
        leftNs = notEmpty.awaitNanos(leftNs);
      }
      long takenBytes = 0;
      while (!queue.isEmpty() && taken.size() < maxTaken) {
        int next = queue.nextBytes();
        if (!taken.isEmpty() && takenBytes + next > maxTakenBytes) {
          break;
        }
        taken.add(queue.poll(letIn).proposal());
        takenBytes += next;
      }
    } finally {
      lock.unlock();
    }
    tell(letIn);
    return taken;
  }

  /** Waits for {@link #close}; answers whether it came within that time. */
  boolean awaitClosed(long waitNs) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long leftNs = waitNs;
      while (!closed && leftNs > 0) {
        leftNs = notEmpty.awaitNanos(leftNs);
      }
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Takes nothing more; what waits can still be taken. */
  void close() {
    lock.lock();
    try {
      closed = true;
      notEmpty.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes everything, without waiting. */
  List<Proposal> drain() {
    List<Proposal> drained = new ArrayList<>();
    List<Waiting> letIn = new ArrayList<>();
    lock.lock();
    try {
      while (!queue.isEmpty()) {
        drained.add(queue.poll(letIn).proposal());
      }
    } finally {
      lock.unlock();
    }
    tell(letIn);
    return drained;
  }

  private static void tell(List<Waiting> letIn) {
    for (Waiting waiting : letIn) {
      Runnable callback = waiting.letIn();
      if (callback != null) {
        callback.run();
      }
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
      return queue.bytes();
    } finally {
      lock.unlock();
    }
  }
}
