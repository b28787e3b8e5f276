package dev.swarmlog.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What the fan-out bench measured.
 *
 * @param seconds how long it was measured
 * @param published operations acknowledged meanwhile
 * @param delivered operations applied meanwhile, over all agents
 * @param lagUs from due to be published until applied
 * @param ackUs from due to be published until acknowledged
 * @param serverCpuSec processor time of the coordinator meanwhile
 * @param serverRssMiB what the coordinator held in memory at the end; -1 if it cannot be told
 * @param lost operations some agent never applied
 * @param duplicated operations some agent was handed twice
 * @param outOfOrder operations some agent was handed after a later one
 * @param drifts how often the coordinator found that an agent holds something else than the log
 */
record FanoutResult(
    FanoutWorkload workload,
    double seconds,
    long published,
    long delivered,
    Histogram lagUs,
    Histogram ackUs,
    double serverCpuSec,
    long serverRssMiB,
    long lost,
    long duplicated,
    long outOfOrder,
    long drifts) {

  /** Whether every agent got everything exactly once and in order, and nothing else was said. */
  boolean correct() {
    return lost == 0 && duplicated == 0 && outOfOrder == 0 && drifts == 0;
  }

  /** What is not as it should be, for a person. */
  String failures() {
    return "%,d lost, %,d twice, %,d out of order; drift was found %,d times"
        .formatted(lost, duplicated, outOfOrder, drifts);
  }

  long publishPerSec() {
    return Math.round(published / seconds);
  }

  long deliveriesPerSec() {
    return Math.round(delivered / seconds);
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("publishPerSec", publishPerSec());
    map.put("deliveriesPerSec", deliveriesPerSec());
    map.put("lagMs", Latencies.percentilesMs(lagUs, 50, 99, 99.9));
    map.put("ackMs", Latencies.percentilesMs(ackUs, 50, 99));
    map.put("serverCpuSec", Math.round(serverCpuSec * 100) / 100.0);
    map.put("serverRssMiB", serverRssMiB);
    map.put("durability", "always");
    map.put("seconds", Math.round(seconds * 100) / 100.0);
    map.put("swarms", workload.swarms());
    map.put("agents", workload.agents());
    map.put("bytes", workload.payloadBytes());
    map.put("keyed", workload.keyed());
    map.put("ratePerSwarm", workload.ratePerSecond());
    map.put("window", workload.window());
    map.put("lost", lost);
    map.put("duplicated", duplicated);
    map.put("outOfOrder", outOfOrder);
    map.put("drifts", drifts);
    return map;
  }
}
