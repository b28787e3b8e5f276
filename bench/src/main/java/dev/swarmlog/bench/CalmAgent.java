package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.BatchHandler;
import dev.swarmlog.v1.Operation;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * How late the operations of a calm publisher come to one agent, and whether each comes once and in
 * order. What others publish is not looked at.
 *
 * <p>{@link #handle} is called by one thread at a time; the rest by any thread.
 */
final class CalmAgent implements BatchHandler {

  private volatile @Nullable Histogram lagUs;
  private volatile long next;
  private volatile long misplaced;

  /**
   * Counts from now on, or does not.
   *
   * @param into thread-safe
   */
  void countInto(@Nullable Histogram into) {
    lagUs = into;
  }

  @Override
  public void handle(Batch batch) {
    Histogram into = lagUs;
    long expected = next;
    long wrong = misplaced;
    for (Operation operation : batch.operations()) {
      if (!operation.getPublisher().equals(IsolationWorkload.CALM_PUBLISHER)) {
        continue;
      }
      ByteString payload = operation.getPayload().getData();
      if (Stamp.number(payload) == expected) {
        expected++;
      } else {
        wrong++;
      }
      if (into != null) {
        Latencies.record(
            into, TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - Stamp.dueNs(payload)));
      }
    }
    next = expected;
    misplaced = wrong;
  }

  /** Operations that came in their order, from the first. */
  long received() {
    return next;
  }

  /** Operations that came twice, late, or after one that never came. */
  long misplaced() {
    return misplaced;
  }
}
