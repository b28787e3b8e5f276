package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.admit.RateGate.Alarm;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.LongSupplier;

/** A clock that stands still until it is moved, and alarms that ring on the way. */
final class VirtualTime implements TimeSource, Alarm {

  private final PriorityQueue<Set> alarms =
      new PriorityQueue<>(Comparator.comparingLong(Set::atNs).thenComparingLong(Set::sequence));
  private final LongSupplier lateNs;
  private long nowNs = 1_000_000_000_000L;
  private long sequence;

  private record Set(long atNs, long sequence, FutureTask<?> action) {}

  VirtualTime() {
    this(() -> 0);
  }

  /** With alarms that ring too late. */
  VirtualTime(LongSupplier lateNs) {
    this.lateNs = lateNs;
  }

  @Override
  public long unixNs() {
    return nowNs;
  }

  @Override
  public long monotonicNs() {
    return nowNs;
  }

  @Override
  public Future<?> in(long delayNs, Runnable action) {
    FutureTask<?> task = new FutureTask<>(action, null);
    alarms.add(new Set(nowNs + delayNs + lateNs.getAsLong(), sequence++, task));
    return task;
  }

  /** Moves on, and rings what is due. */
  void advance(long ns) {
    advanceTo(nowNs + ns);
  }

  void advanceTo(long atNs) {
    while (!alarms.isEmpty() && alarms.peek().atNs() <= atNs) {
      Set next = alarms.poll();
      if (!next.action().isCancelled()) {
        nowNs = Math.max(nowNs, next.atNs());
        next.action().run();
        failed(next.action());
      }
    }
    nowNs = atNs;
  }

  /** How many alarms would still ring. */
  long set() {
    return alarms.stream().filter(alarm -> !alarm.action().isCancelled()).count();
  }

  private static void failed(FutureTask<?> task) {
    try {
      task.get();
    } catch (CancellationException e) {
      // It was cancelled by what it did.
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new AssertionError(e);
    }
  }
}
