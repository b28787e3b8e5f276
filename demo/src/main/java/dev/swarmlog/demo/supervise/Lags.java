package dev.swarmlog.demo.supervise;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * The lags of all agents from append to apply, quiet times and times of faults apart. Used by the
 * supervisor's thread.
 *
 * <p>What an agent process reports covers the time since its last report; it counts as measured
 * through a fault if the disturbance lasted into that time.
 */
final class Lags {
  /** Two reports of an agent process. */
  private static final long REPORT_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

  private static final double US_PER_MS = 1_000.0;

  /** Percentiles in milliseconds; count 0 makes them meaningless. */
  record Figures(long count, double p50Ms, double p99Ms) {}

  private final Histogram quiet = new Histogram(2);
  private final Histogram faults = new Histogram(2);
  private long negativeCount;
  private boolean disturbed;
  private long disturbedUntilNanos;

  /** Says whether something is down now; any number of times. */
  void disturbed(boolean now, long nowNanos) {
    if (disturbed && !now) {
      disturbedUntilNanos = nowNanos + REPORT_NANOS;
    }
    disturbed = now;
  }

  /** Adds a report. */
  void add(String histogram, long negatives, long nowNanos) {
    negativeCount += negatives;
    boolean throughFault = disturbed || nowNanos < disturbedUntilNanos;
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(histogram));
      (throughFault ? faults : quiet).add(Histogram.decodeFromCompressedByteBuffer(bytes, 0));
    } catch (DataFormatException e) {
      throw new IllegalArgumentException(
          "Expected a compressed histogram from an agent process, but got something else.", e);
    }
  }

  Figures quiet() {
    return figures(quiet);
  }

  Figures throughFaults() {
    return figures(faults);
  }

  Figures all() {
    Histogram both = quiet.copy();
    both.add(faults);
    return figures(both);
  }

  /** Operations applied before they were appended, as far as the clocks tell; in no figure. */
  long negativeCount() {
    return negativeCount;
  }

  private static Figures figures(Histogram lags) {
    return new Figures(
        lags.getTotalCount(),
        lags.getValueAtPercentile(50) / US_PER_MS,
        lags.getValueAtPercentile(99) / US_PER_MS);
  }
}
