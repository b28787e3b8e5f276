package dev.swarmlog.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Histograms of latencies in microseconds, to two digits, up to ten minutes. */
public final class Latencies {

  private static final long MAX_US = TimeUnit.MINUTES.toMicros(10);
  private static final int DIGITS = 2;
  private static final double US_PER_MS = 1_000.0;

  private Latencies() {}

  public static Histogram histogram() {
    return new Histogram(1, MAX_US, DIGITS);
  }

  /** Counts a latency; what lies outside the range counts as its end. */
  public static void record(Histogram histogram, long latencyUs) {
    histogram.recordValue(Math.min(MAX_US, Math.max(1, latencyUs)));
  }

  /** Percentiles in milliseconds: {@code p50}, {@code p99} and so on. */
  public static Map<String, Double> percentilesMs(Histogram histogram, double... percentiles) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (double percentile : percentiles) {
      String name = "p" + Double.toString(percentile).replace(".0", "").replace(".", "");
      values.put(
          name, Math.round(histogram.getValueAtPercentile(percentile) / US_PER_MS * 100) / 100.0);
    }
    return values;
  }
}
