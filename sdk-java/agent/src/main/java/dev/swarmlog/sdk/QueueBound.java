package dev.swarmlog.sdk;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/** The bound of a publisher's queue, in groups and bytes, from publish to answer. Thread-safe. */
final class QueueBound {
  private final int maxGroups;
  private final long maxBytes;
  private final LongSupplier nowNs;
  private final Object lock = new Object();
  // All guarded by the lock. 0 <= groups <= maxGroups; bytes <= maxBytes, unless a single group is
  // larger.
  private int groups;
  private long bytes;
  private boolean closed;
  // When each took its room, oldest first: answers come in the order of publishing.
  private final Deque<Long> sinceNs = new ArrayDeque<>();

  /** With a clock that never goes back. */
  QueueBound(int maxGroups, long maxBytes, LongSupplier nowNs) {
    check(maxGroups, maxBytes);
    this.maxGroups = maxGroups;
    this.maxBytes = maxBytes;
    this.nowNs = nowNs;
  }

  static void check(int maxGroups, long maxBytes) {
    if (maxGroups < 1 || maxBytes < 1) {
      throw new IllegalArgumentException(
          "Expected room for at least one group and one byte, but got %d and %d."
              .formatted(maxGroups, maxBytes));
    }
  }

  /** Takes room; false if there is none, or the queue is closed. */
  boolean tryAcquire(int groupBytes) {
    synchronized (lock) {
      return tryAcquireLocked(groupBytes);
    }
  }

  /** Takes room once there is some; false if the queue is closed. */
  boolean acquire(int groupBytes) throws InterruptedException {
    synchronized (lock) {
      while (!tryAcquireLocked(groupBytes)) {
        if (closed) {
          return false;
        }
        lock.wait();
      }
      return true;
    }
  }

  void release(int groupBytes) {
    synchronized (lock) {
      groups--;
      sinceNs.remove();
      bytes -= groupBytes;
      lock.notifyAll();
    }
  }

  /** Gives no more room. */
  void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
  }

  boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  int groups() {
    synchronized (lock) {
      return groups;
    }
  }

  long bytes() {
    synchronized (lock) {
      return bytes;
    }
  }

  /** How long the oldest has held its room; zero if there is none. */
  Duration oldestWaited() {
    synchronized (lock) {
      Long oldestNs = sinceNs.peek();
      return oldestNs == null ? Duration.ZERO : Duration.ofNanos(nowNs.getAsLong() - oldestNs);
    }
  }

  /** Waits until nothing holds room; false if the time was over before. */
  boolean awaitEmpty(Duration timeout) throws InterruptedException {
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    synchronized (lock) {
      while (groups > 0) {
        long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
        if (leftMs <= 0) {
          return false;
        }
        lock.wait(leftMs);
      }
      return true;
    }
  }

  private boolean tryAcquireLocked(int groupBytes) {
    boolean room = groups < maxGroups && (groups == 0 || bytes + groupBytes <= maxBytes);
    if (closed || !room) {
      return false;
    }
    groups++;
    sinceNs.add(nowNs.getAsLong());
    bytes += groupBytes;
    return true;
  }
}
