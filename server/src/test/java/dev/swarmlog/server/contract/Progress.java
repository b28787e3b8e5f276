package dev.swarmlog.server.contract;

import java.util.concurrent.TimeUnit;

/** How many groups all publishers have had acknowledged; any thread counts and waits. */
final class Progress {

  private final int total;
  private int acknowledged;

  Progress(int total) {
    this.total = total;
  }

  synchronized void acknowledged() {
    acknowledged++;
    notifyAll();
  }

  synchronized boolean done() {
    return acknowledged >= total;
  }

  /** Waits until so many more groups are acknowledged, or all of them. */
  synchronized void await(int more) throws InterruptedException {
    int wanted = Math.min(total, acknowledged + more);
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(StreamCall.PATIENCE_SECONDS);
    while (acknowledged < wanted) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
      if (leftMs <= 0) {
        throw new AssertionError("Expected publishers to get on, but they stand at " + this);
      }
      wait(leftMs);
    }
  }

  @Override
  public synchronized String toString() {
    return acknowledged + " of " + total;
  }
}
