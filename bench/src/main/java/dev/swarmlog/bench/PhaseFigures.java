package dev.swarmlog.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

/** What was measured in all phases of one kind. Filled by one thread; lag by any. */
final class PhaseFigures {

  private final Histogram lagUs = new SynchronizedHistogram(Latencies.histogram());
  private double seconds;
  private double serverCpuSeconds;
  private long flooded;

  /** Thread-safe. */
  Histogram lagUs() {
    return lagUs;
  }

  void add(double moreSeconds, double moreServerCpuSeconds, long moreFlooded) {
    seconds += moreSeconds;
    serverCpuSeconds += moreServerCpuSeconds;
    flooded += moreFlooded;
  }

  /** By how much another phase's 99th percentile is above this one's. */
  double ratioOf(PhaseFigures other) {
    return Spread.rounded(
        100,
        (double) other.lagUs.getValueAtPercentile(99)
            / Math.max(1, lagUs.getValueAtPercentile(99)));
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("lagMs", Latencies.percentilesMs(lagUs, 50, 99, 99.9));
    map.put("operations", lagUs.getTotalCount());
    map.put("floodPerSec", Math.round(flooded / Math.max(1e-9, seconds)));
    map.put("serverCores", Spread.rounded(100, serverCpuSeconds / Math.max(1e-9, seconds)));
    return map;
  }
}
