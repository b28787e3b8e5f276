package dev.swarmlog.server.path.batch;

import dev.swarmlog.server.TimeSource;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * What the commits of one shard cost lately: the last {@link #SAMPLES} of the last minute.
 *
 * <p>The writer thread adds; any thread reads.
 */
final class CommitFigures {

  private static final int SAMPLES = 1_024;
  private static final long WINDOW_NS = TimeUnit.MINUTES.toNanos(1);

  private final TimeSource time;
  private final long[] durationsNs = new long[SAMPLES];
  private final long[] timesNs = new long[SAMPLES];
  private long entries;

  CommitFigures(TimeSource time) {
    this.time = time;
  }

  synchronized void committed(long durationNs) {
    int slot = (int) (entries % SAMPLES);
    durationsNs[slot] = durationNs;
    timesNs[slot] = time.monotonicNs();
    entries++;
  }

  /** Entries since the start. */
  synchronized long entries() {
    return entries;
  }

  /** A quantile of the duration of commits, in microseconds; 0 if there was none. */
  synchronized long quantileUs(double quantile) {
    long nowNs = time.monotonicNs();
    int held = (int) Math.min(entries, SAMPLES);
    long[] recent = new long[held];
    int count = 0;
    for (int i = 0; i < held; i++) {
      if (nowNs - timesNs[i] <= WINDOW_NS) {
        recent[count++] = durationsNs[i];
      }
    }
    if (count == 0) {
      return 0;
    }
    Arrays.sort(recent, 0, count);
    return TimeUnit.NANOSECONDS.toMicros(recent[(int) Math.min(count - 1, quantile * count)]);
  }
}
