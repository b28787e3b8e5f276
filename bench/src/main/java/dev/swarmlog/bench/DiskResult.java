package dev.swarmlog.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What the disk bench measured.
 *
 * @param filled operations that were stored as fast as it went
 * @param bytes of the data directory once these had settled
 * @param families bytes of its families then
 * @param writtenBytes what the coordinator wrote to the device until then
 * @param compactedBytes of the directory after all logs had been compacted up to their heads
 * @param compactedFamilies bytes of its families then
 */
record DiskResult(
    DiskWorkload workload,
    long filled,
    long bytes,
    Map<String, Long> families,
    long writtenBytes,
    Acks acks,
    long compactedBytes,
    Map<String, Long> compactedFamilies) {

  private static final double BYTES_PER_MIB = 1 << 20;
  private static final double MILLION = 1e6;

  /**
   * How long acks took, in microseconds, by what went on meanwhile.
   *
   * @param slices how much of the time each kind took
   * @param compacted operations that were compacted meanwhile
   */
  record Acks(
      Map<BackgroundWork.Kind, Histogram> byKind,
      Map<BackgroundWork.Kind, Long> slices,
      long compacted) {

    double p99Ms(BackgroundWork.Kind kind) {
      Histogram histogram = byKind.get(kind);
      return histogram == null ? 0 : histogram.getValueAtPercentile(99) / 1_000.0;
    }
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("operations", filled);
    map.put("payloadBytes", workload.payloadBytes());
    map.put("swarms", workload.swarms());
    map.put("mibPerMillion", Spread.rounded(10, perMillion(bytes)));
    map.put("familiesMibPerMillion", perMillion(families));
    map.put("bytesPerPayloadByte", Spread.rounded(100, bytes / payloadBytes()));
    map.put("writtenPerPayloadByte", Spread.rounded(100, writtenBytes / payloadBytes()));
    map.put("writtenPerStoredByte", Spread.rounded(100, (double) writtenBytes / bytes));
    map.put("compactedMib", Spread.rounded(10, compactedBytes / BYTES_PER_MIB));
    map.put("compactedFamiliesMib", mib(compactedFamilies));
    Map<String, Object> ackMs = new LinkedHashMap<>();
    for (BackgroundWork.Kind kind : BackgroundWork.Kind.values()) {
      ackMs.put(kind.name(), acks(kind));
    }
    map.put("ackMs", ackMs);
    map.put("operationsCompactedMeanwhile", acks.compacted());
    return map;
  }

  private Map<String, Object> acks(BackgroundWork.Kind kind) {
    Map<String, Object> map = new LinkedHashMap<>();
    Histogram histogram = acks.byKind().getOrDefault(kind, Latencies.histogram());
    map.put("groups", histogram.getTotalCount());
    map.putAll(Latencies.percentilesMs(histogram, 50, 99));
    map.put("p99Ratio", Spread.rounded(100, p99Ratio(kind)));
    map.put("timePercent", Math.round(100 * share(kind)));
    return map;
  }

  /** By that while nothing of the kinds went on. */
  private double p99Ratio(BackgroundWork.Kind kind) {
    double nothing = acks.p99Ms(BackgroundWork.Kind.NOTHING);
    return nothing == 0 ? 0 : acks.p99Ms(kind) / nothing;
  }

  private double share(BackgroundWork.Kind kind) {
    long all = acks.slices().values().stream().mapToLong(Long::longValue).sum();
    return all == 0 ? 0 : (double) acks.slices().getOrDefault(kind, 0L) / all;
  }

  /** For a person. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%,d operations of %,d bytes in %,d swarms, half events, half keyed; payloads do not compress"
            .formatted(filled, workload.payloadBytes(), workload.swarms()));
    lines.add(
        "  on disk      %,.0f MiB per million, %.2f times the payload: %s"
            .formatted(perMillion(bytes), bytes / payloadBytes(), text(perMillion(families))));
    lines.add(
        "  written      %.1f bytes per byte of payload, %.1f per byte on disk"
            .formatted(writtenBytes / payloadBytes(), (double) writtenBytes / bytes));
    lines.add(
        "  compacted    all logs up to their heads, %,d operations later: %,.0f MiB, %s"
            .formatted(
                (long) workload.operationsPerSecond() * (workload.seconds() * 5L / 4),
                compactedBytes / BYTES_PER_MIB,
                text(mib(compactedFamilies))));
    lines.add(
        "acks of groups of %d, %,d operations per second, while"
            .formatted(PacedLoad.GROUP_OPERATIONS, workload.operationsPerSecond()));
    for (BackgroundWork.Kind kind : BackgroundWork.Kind.values()) {
      Histogram histogram = acks.byKind().getOrDefault(kind, Latencies.histogram());
      lines.add(
          "  %-22s p50 %.1f, p99 %.1f ms (%.2f times), %,d groups, %.0f %% of the time"
              .formatted(
                  name(kind),
                  histogram.getValueAtPercentile(50) / 1_000.0,
                  acks.p99Ms(kind),
                  p99Ratio(kind),
                  histogram.getTotalCount(),
                  100 * share(kind)));
    }
    return lines;
  }

  private static String name(BackgroundWork.Kind kind) {
    return switch (kind) {
      case NOTHING -> "nothing of these";
      case FLUSH -> "RocksDB flushes";
      case STORE_COMPACTION -> "RocksDB compacts";
      case LOG_COMPACTION -> "logs are compacted";
    };
  }

  private double payloadBytes() {
    return (double) filled * workload.payloadBytes();
  }

  private double perMillion(long ofBytes) {
    return ofBytes / BYTES_PER_MIB * MILLION / filled;
  }

  private Map<String, Double> perMillion(Map<String, Long> ofBytes) {
    Map<String, Double> perMillion = new LinkedHashMap<>();
    ofBytes.forEach((family, size) -> perMillion.put(family, Spread.rounded(10, perMillion(size))));
    return perMillion;
  }

  private static Map<String, Double> mib(Map<String, Long> ofBytes) {
    Map<String, Double> mib = new LinkedHashMap<>();
    ofBytes.forEach((family, size) -> mib.put(family, Spread.rounded(10, size / BYTES_PER_MIB)));
    return mib;
  }

  private static String text(Map<String, Double> mib) {
    List<String> parts = new ArrayList<>();
    mib.forEach((family, size) -> parts.add("%s %.1f".formatted(family, size)));
    return String.join(", ", parts);
  }
}
