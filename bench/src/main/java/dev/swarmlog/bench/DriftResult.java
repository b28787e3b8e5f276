package dev.swarmlog.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the drift bench measured.
 *
 * @param keys that the agent holds
 * @param repairs one per repetition
 * @param snapshotBytes of the whole keyed state
 */
record DriftResult(int keys, int payloadBytes, List<Repair> repairs, long snapshotBytes) {

  private static final double NANOS_PER_MS = 1e6;
  private static final double PARTS = 1e6;

  /**
   * One key that was found and mended.
   *
   * @param nanos from when the coordinator saw that something differs until the agent held the
   *     value
   * @param messages sent and received for it
   * @param bytes of those
   * @param found the keys that were named
   */
  record Repair(long nanos, long messages, long bytes, List<String> found) {}

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("messages", messages());
    map.put("bytes", bytes());
    map.put("snapshotBytes", snapshotBytes);
    map.put("bytesRatio", Math.round(PARTS * bytesRatio()) / PARTS);
    map.put("repairMs", tookMs());
    map.put("keys", keys);
    map.put("payloadBytes", payloadBytes);
    map.put("repetitions", repairs.size());
    return map;
  }

  long messages() {
    return median(repairs.stream().mapToLong(Repair::messages).toArray());
  }

  long bytes() {
    return median(repairs.stream().mapToLong(Repair::bytes).toArray());
  }

  Map<String, Double> tookMs() {
    long[] nanos = repairs.stream().mapToLong(Repair::nanos).sorted().toArray();
    Map<String, Double> took = new LinkedHashMap<>();
    took.put("median", ms(median(nanos)));
    took.put("min", ms(nanos[0]));
    took.put("max", ms(nanos[nanos.length - 1]));
    return took;
  }

  /** Bytes to find and mend one key, by those of the whole state. */
  double bytesRatio() {
    return (double) bytes() / snapshotBytes;
  }

  private static double ms(long nanos) {
    return Math.round(nanos / NANOS_PER_MS * 10) / 10.0;
  }

  private static long median(long[] values) {
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
