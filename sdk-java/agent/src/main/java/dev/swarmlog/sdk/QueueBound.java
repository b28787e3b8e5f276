package dev.swarmlog.sdk;

import java.time.Duration;

/** The bound of a publisher's queue, in groups and bytes, from publish to answer. Thread-safe. */
final class QueueBound {
  private final int maxGroups;
  private final long maxBytes;
  private final Object lock = new Object();
  // All guarded by the lock. 0 <= groups <= maxGroups; bytes <= maxBytes, unless a single group is
  // larger.
  private int groups;
  private long bytes;
  private boolean closed;

  QueueBound(int maxGroups, long maxBytes) {
    check(maxGroups, maxBytes);
    this.maxGroups = maxGroups;
    this.maxBytes = maxBytes;
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
    bytes += groupBytes;
    return true;
  }
}
