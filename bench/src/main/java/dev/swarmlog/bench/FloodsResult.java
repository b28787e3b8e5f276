package dev.swarmlog.bench;

import dev.swarmlog.hostile.Flood;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What the bench of floods measured.
 *
 * @param misplaced operations that an agent did not get once and in order
 */
record FloodsResult(FloodsWorkload workload, List<Kind> kinds, long misplaced) {

  private static final String HEADER = "  %-37s %7s %7s %6s %7s %7s %7s %7s %6s %6s %6s %6s";
  private static final double TARGET_RATIO = 3;
  private static final long TARGET_CLOSED_MS = 1_000;
  private static final double US_PER_MS = 1_000;
  private static final double BYTES_PER_MIB = 1 << 20;

  /**
   * Some seconds of a run.
   *
   * @param lagUs from when an operation was due to be published to an agent's handler
   * @param cpuSeconds of the coordinator
   */
  record Phase(Histogram lagUs, double seconds, double cpuSeconds) {

    long p99Us() {
      return Math.max(1, lagUs.getValueAtPercentile(99));
    }

    Map<String, Object> map() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("lagMs", Latencies.percentilesMs(lagUs, 50, 99, 99.9));
      map.put("operations", lagUs.getTotalCount());
      map.put("serverCpuSeconds", Spread.rounded(100, cpuSeconds));
      map.put("serverCores", Spread.rounded(100, cpuSeconds / Math.max(1e-9, seconds)));
      return map;
    }
  }

  /**
   * One kind of flood.
   *
   * @param quiet right before
   * @param during while it flooded
   * @param attackerCpuSeconds of the client that flooded
   * @param heapBeforeBytes of the coordinator, after a collection
   * @param heapAfterBytes the same as soon as the flood was over
   */
  record Kind(
      Flood flood,
      AttackerProcess.Attack attack,
      Phase quiet,
      Phase during,
      double attackerCpuSeconds,
      long heapBeforeBytes,
      long heapAfterBytes) {

    double slowestMs() {
      return attack.closedAfterUs().getMaxValue() / US_PER_MS;
    }

    double p99Ratio() {
      return Spread.rounded(100, (double) during.p99Us() / quiet.p99Us());
    }

    double heapGrownMiB() {
      return mebibytes(heapAfterBytes - heapBeforeBytes);
    }

    private double connectionsPerSecond() {
      return Spread.rounded(10, attack.connections() / Math.max(1e-9, during.seconds()));
    }

    Map<String, Object> map() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("name", flood.key());
      Map<String, Object> closedAfterMs =
          new LinkedHashMap<>(Latencies.percentilesMs(attack.closedAfterUs(), 50, 99));
      closedAfterMs.put("max", Spread.rounded(100, slowestMs()));
      map.put("closedAfterMs", closedAfterMs);
      map.put("connections", attack.connections());
      map.put("connectionsPerSec", connectionsPerSecond());
      map.put("notClosed", attack.notClosed());
      map.put("refused", attack.refused());
      map.put("quiet", quiet.map());
      map.put("during", during.map());
      map.put("p99Ratio", p99Ratio());
      map.put("attackerCpuSeconds", Spread.rounded(100, attackerCpuSeconds));
      map.put("heapBeforeMiB", mebibytes(heapBeforeBytes));
      map.put("heapAfterMiB", mebibytes(heapAfterBytes));
      return map;
    }

    private String line() {
      return "  %-37s %7.1f %7.1f %6.0f %7.1f %7.1f %7.1f %7.1f %6.2f %6.2f %6.2f %6.2f  %.1f -> %.1f%s"
          .formatted(
              flood.key(),
              attack.closedAfterUs().getValueAtPercentile(50) / US_PER_MS,
              slowestMs(),
              connectionsPerSecond(),
              quiet.lagUs().getValueAtPercentile(50) / US_PER_MS,
              quiet.p99Us() / US_PER_MS,
              during.lagUs().getValueAtPercentile(50) / US_PER_MS,
              during.p99Us() / US_PER_MS,
              p99Ratio(),
              quiet.cpuSeconds(),
              during.cpuSeconds(),
              attackerCpuSeconds,
              mebibytes(heapBeforeBytes),
              mebibytes(heapAfterBytes),
              attack.notClosed() == 0 ? "" : "  NOT CLOSED: %,d".formatted(attack.notClosed()));
    }
  }

  private static double mebibytes(long bytes) {
    return Spread.rounded(10, bytes / BYTES_PER_MIB);
  }

  /** Whether agents got everything, and connections that flooded were closed. */
  boolean correct() {
    return misplaced == 0 && notClosed() == 0;
  }

  private long notClosed() {
    return kinds.stream().mapToLong(kind -> kind.attack().notClosed()).sum();
  }

  private double slowestMs() {
    return kinds.stream().mapToDouble(Kind::slowestMs).max().orElse(0);
  }

  private double worstRatio() {
    return kinds.stream().mapToDouble(Kind::p99Ratio).max().orElse(0);
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("slowestClosedMs", Spread.rounded(100, slowestMs()));
    map.put("targetClosedMs", TARGET_CLOSED_MS);
    map.put("worstP99Ratio", worstRatio());
    map.put("targetRatio", TARGET_RATIO);
    map.put("mostHeapGrownMiB", kinds.stream().mapToDouble(Kind::heapGrownMiB).max().orElse(0));
    map.put("kinds", kinds.stream().map(Kind::map).toList());
    map.put("agents", workload.agents());
    map.put("bytes", workload.payloadBytes());
    map.put("ratePerSec", workload.ratePerSecond());
    map.put("pauseMs", workload.pause().toMillis());
    map.put("seconds", workload.phase().toSeconds());
    map.put("notClosed", notClosed());
    map.put("misplaced", misplaced);
    return map;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%d agents, %d operations/s for each; fsync before acknowledgement; ms, CPU in seconds, heap in MiB"
            .formatted(workload.agents(), workload.ratePerSecond()));
    lines.add(
        HEADER.formatted(
            "flood", "closed", "", "conn.", "quiet", "", "flood", "", "p99", "CPU", "CPU",
            "CPU of"));
    lines.add(
        HEADER.formatted(
                "", "p50", "max", "per s", "p50", "p99", "p50", "p99", "times", "quiet", "flood",
                "client")
            + "  heap");
    kinds.forEach(kind -> lines.add(kind.line()));
    lines.add(
        "  slowest to be closed %.1f ms (target %,d), worst p99 %.2f times the quiet one (target %.0f)"
            .formatted(slowestMs(), TARGET_CLOSED_MS, worstRatio(), TARGET_RATIO));
    lines.add(
        correct()
            ? "  checked: every connection was closed, and every agent got everything, once and in order"
            : "  FAILED: %,d connections were not closed, %,d operations came twice, late or never"
                .formatted(notClosed(), misplaced));
    return lines;
  }
}
