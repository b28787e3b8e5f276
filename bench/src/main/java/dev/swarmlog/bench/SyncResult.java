package dev.swarmlog.bench;

import dev.swarmlog.bench.Return.Cost;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What the sync bench measured. Ratios are of medians.
 *
 * @param replays returns that were given every operation
 * @param deltas returns from the same position that were given the delta
 * @param stampede how all agents came back at once
 * @param serverRssMiB the most the coordinator held in memory until then; -1 if it cannot be told
 * @param byLength returns by a delta of the same number of keys, by operations missed
 */
record SyncResult(
    SyncWorkload workload,
    List<Cost> replays,
    List<Cost> deltas,
    Stampede.Outcome stampede,
    long serverRssMiB,
    List<OfLength> byLength) {

  /** Returns after so many operations. */
  record OfLength(int length, List<Cost> costs) {}

  private static final double NANOS_PER_MS = 1e6;

  /** Whether every return was given what it should be given. */
  boolean correct() {
    return replays.stream().allMatch(cost -> cost.operations() == workload.operations())
        && deltas.stream().allMatch(cost -> cost.operations() == workload.keys())
        && stampede.mismatches() == 0
        && byLength.stream()
            .flatMap(one -> one.costs().stream())
            .allMatch(cost -> cost.operations() == workload.keys());
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(
        "deltaBytesRatio",
        Spread.rounded(1e5, median(deltas, Cost::bytes) / median(replays, Cost::bytes)));
    map.put(
        "speedup", Spread.rounded(10, median(replays, Cost::nanos) / median(deltas, Cost::nanos)));
    map.put("costRatioByLength", Spread.rounded(100, costRatioByLength()));
    map.put("stampedeP99Ms", Latencies.percentilesMs(stampede.tookUs(), 99).get("p99"));
    map.put("syncRedundancy", stampede.redundant());
    map.put("mismatches", stampede.mismatches());
    map.put("replayMs", ms(replays));
    map.put("deltaMs", ms(deltas));
    map.put("replayBytes", Math.round(median(replays, Cost::bytes)));
    map.put("deltaBytes", Math.round(median(deltas, Cost::bytes)));
    Map<String, Object> lengths = new LinkedHashMap<>();
    byLength.forEach(one -> lengths.put(Integer.toString(one.length()), ms(one.costs())));
    map.put("deltaMsByLength", lengths);
    map.put("stampedeMs", Latencies.percentilesMs(stampede.tookUs(), 50, 99, 100));
    map.put("serverPeakRssMiB", serverRssMiB);
    map.put("operations", workload.operations());
    map.put("keys", workload.keys());
    map.put("bytes", workload.payloadBytes());
    map.put("agents", workload.agents());
    map.put("repetitions", workload.repetitions());
    map.put("durability", "always");
    return map;
  }

  /** Median time at the greatest length by that at the smallest one. */
  private double costRatioByLength() {
    return median(byLength.get(byLength.size() - 1).costs(), Cost::nanos)
        / median(byLength.get(0).costs(), Cost::nanos);
  }

  static Map<String, Double> ms(List<Cost> costs) {
    return Spread.of(costs.stream().mapToDouble(cost -> cost.nanos() / NANOS_PER_MS)).map(100);
  }

  static double median(List<Cost> costs, ToLongFunction<Cost> of) {
    return Spread.of(costs.stream().mapToDouble(of::applyAsLong)).median();
  }
}
