package dev.swarmlog.bench.storm;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The tight loop of the misbehaving agent: asks at fixed times, whatever it is answered and without
 * waiting for answers. Only this process's memory bounds how many requests are on their way; one
 * that is due while that many are is not made up for. {@link #run} has a thread of its own; the
 * figures may be read by any.
 */
final class RetryLoop implements Runnable {

  /** A request has no answer for so long: the agent has given it up, and asked again long since. */
  static final long PATIENCE_MS = 1_000;

  /** Requests on their way: two seconds of the default rate, twice what patience leaves there. */
  static final int MAX_OUTSTANDING = 10_000;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final BrokenAgent agent;
  private final int ratePerSecond;
  private final Semaphore room = new Semaphore(MAX_OUTSTANDING);
  private final StormCounts counts;

  private volatile boolean ended;

  RetryLoop(BrokenAgent agent, int ratePerSecond, StormCounts counts) {
    this.agent = agent;
    this.ratePerSecond = ratePerSecond;
    this.counts = counts;
  }

  /** What all loops of a run did. */
  record StormCounts(
      AtomicLong made, AtomicLong answered, AtomicLong refused, AtomicLong heldBack) {
    StormCounts() {
      this(new AtomicLong(), new AtomicLong(), new AtomicLong(), new AtomicLong());
    }

    StormTotals now() {
      return new StormTotals(made.get(), answered.get(), refused.get(), heldBack.get());
    }
  }

  @Override
  public void run() {
    long beganNs = System.nanoTime();
    for (long next = 0; !ended; next++) {
      long dueNs = beganNs + next * NANOS_PER_SECOND / ratePerSecond;
      long leftNs = dueNs - System.nanoTime();
      while (leftNs > 0 && !ended) {
        LockSupport.parkNanos(this, leftNs);
        leftNs = dueNs - System.nanoTime();
      }
      if (room.tryAcquire()) {
        counts.made().incrementAndGet();
        agent.ask(this::ended);
      } else {
        counts.heldBack().incrementAndGet();
      }
    }
  }

  private void ended(boolean answered) {
    (answered ? counts.answered() : counts.refused()).incrementAndGet();
    room.release();
  }

  /** Ends it: nothing is asked any more once the thread has seen that. */
  void end() {
    ended = true;
  }

  /** Waits until all that was asked has ended. */
  boolean awaitAnswers(long timeoutMs) throws InterruptedException {
    return room.tryAcquire(MAX_OUTSTANDING, timeoutMs, TimeUnit.MILLISECONDS);
  }
}
