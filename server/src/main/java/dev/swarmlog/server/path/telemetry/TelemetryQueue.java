package dev.swarmlog.server.path.telemetry;

import dev.swarmlog.server.path.fair.FairQueue;
import dev.swarmlog.server.path.fair.Flow;
import java.util.ArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the telemetry writer, bounded in records and bytes, and shared between swarms and
 * their publishers as {@link FairQueue} says: a publisher that floods is shed before the others.
 *
 * <p>Any thread offers; the writer thread takes. The lock is held for a few queue operations.
 */
final class TelemetryQueue {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notEmpty = lock.newCondition();

  // Guarded by lock.
  private final FairQueue<Telemetry.Batch> batches;

  TelemetryQueue(int maxRecords, int maxBytes) {
    this.batches = new FairQueue<>(maxRecords, maxBytes);
  }

  /** Offers a batch of at least one record; false if there is no room for it. */
  boolean offer(Telemetry.Batch batch) {
    lock.lock();
    try {
      boolean taken =
          batches.offer(
              new Flow(batch.swarm(), batch.publisher()),
              batch,
              batch.records().size(),
              batch.bytes());
      if (taken) {
        notEmpty.signal();
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Takes the batch whose turn it is, and waits for one if there is none; null if none came. */
  Telemetry.@Nullable Batch poll(long waitNs) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long leftNs = waitNs;
      while (batches.isEmpty() && leftNs > 0) {
        leftNs = notEmpty.awaitNanos(leftNs);
      }
      // Nothing is ever parked here.
      return batches.isEmpty() ? null : batches.poll(new ArrayList<>());
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    lock.lock();
    try {
      return batches.isEmpty();
    } finally {
      lock.unlock();
    }
  }
}
