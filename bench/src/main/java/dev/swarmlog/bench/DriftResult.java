package dev.swarmlog.bench;

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
    map.put("bytesRatio", Spread.rounded(PARTS, bytesRatio()));
    map.put("repairMs", tookMs());
    map.put("keys", keys);
    map.put("payloadBytes", payloadBytes);
    map.put("repetitions", repairs.size());
    return map;
  }

  long messages() {
    return Math.round(Spread.of(repairs.stream().mapToDouble(Repair::messages)).median());
  }

  long bytes() {
    return Math.round(Spread.of(repairs.stream().mapToDouble(Repair::bytes)).median());
  }

  Map<String, Double> tookMs() {
    return Spread.of(repairs.stream().mapToDouble(repair -> repair.nanos() / NANOS_PER_MS)).map(10);
  }

  /** Bytes to find and mend one key, by those of the whole state. */
  double bytesRatio() {
    return (double) bytes() / snapshotBytes;
  }
}
