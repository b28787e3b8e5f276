package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.BatchHandler;
import dev.swarmlog.v1.Operation;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What one agent of the bench saw: how many operations, how late, and whether each came exactly
 * once and in order.
 *
 * <p>{@link #handle} is called by one thread at a time, the SDK's handler thread of the lane.
 * {@link #applied} may be read by any thread. The rest may be read once the agent is closed.
 */
final class FanoutAgent implements BatchHandler {

  private final FanoutClock clock;
  private final Runnable onProgress;
  private final Histogram lagUs = Latencies.histogram();

  private volatile long applied;
  private long measuredCount;
  private long duplicated;
  private long lost;
  private long outOfOrder;

  FanoutAgent(FanoutClock clock, Runnable onProgress) {
    this.clock = clock;
    this.onProgress = onProgress;
  }

  @Override
  public void handle(Batch batch) {
    long next = applied;
    boolean measuring = clock.measuring();
    for (Operation operation : batch.operations()) {
      ByteString payload = operation.getPayload().getData();
      long number = Stamp.number(payload);
      if (number == next) {
        next++;
      } else if (number > next) {
        lost += number - next;
        next = number + 1;
      } else if (lost > 0) {
        // Most likely one that had been counted as lost.
        lost--;
        outOfOrder++;
      } else {
        duplicated++;
      }
      if (measuring) {
        measuredCount++;
        Latencies.record(
            lagUs, TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - Stamp.dueNs(payload)));
      }
    }
    if (next != applied) {
      applied = next;
      onProgress.run();
    }
  }

  /** Operations so far, which is also the number of the next one. */
  long applied() {
    return applied;
  }

  long measuredCount() {
    return measuredCount;
  }

  long duplicated() {
    return duplicated;
  }

  long lost() {
    return lost;
  }

  long outOfOrder() {
    return outOfOrder;
  }

  Histogram lagUs() {
    return lagUs;
  }
}
