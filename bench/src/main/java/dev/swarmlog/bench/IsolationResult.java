package dev.swarmlog.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the isolation bench measured.
 *
 * @param swarmFlood of the swarms beside one that floods
 * @param agentFlood of the swarm in which one publisher floods
 * @param catchUp of all swarms while readers catch up
 * @param liveAfterMs how long a reader took to be live, of all of them
 * @param floodedLiveAfterMs the same while a swarm flooded
 * @param misplaced operations that an agent did not get once and in order
 */
record IsolationResult(
    IsolationWorkload workload,
    Pair swarmFlood,
    Pair agentFlood,
    Pair catchUp,
    Spread liveAfterMs,
    Spread floodedLiveAfterMs,
    long misplaced) {

  private static final double TARGET = 1.5;

  /** The same operations without and with what might be in their way. */
  record Pair(PhaseFigures quiet, PhaseFigures disturbed) {

    Map<String, Object> map() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("quiet", quiet.map());
      map.put("disturbed", disturbed.map());
      map.put("p99Ratio", quiet.ratioOf(disturbed));
      return map;
    }
  }

  boolean correct() {
    return misplaced == 0;
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("swarmFlood", swarmFlood.map());
    map.put("agentFlood", agentFlood.map());
    map.put("catchUp", catchUp.map());
    map.put("liveAfterMs", liveAfterMs.map(1));
    map.put("floodedLiveAfterMs", floodedLiveAfterMs.map(1));
    map.put("targetRatio", TARGET);
    map.put("swarms", workload.swarms());
    map.put("agents", workload.agents());
    map.put("bytes", workload.payloadBytes());
    map.put("ratePerSwarm", workload.ratePerSecond());
    map.put("factor", workload.factor());
    map.put("flooders", workload.flooders());
    map.put("behind", workload.behind());
    map.put("readers", workload.readers());
    map.put("rounds", workload.rounds());
    map.put("misplaced", misplaced);
    return map;
  }

  List<String> lines() {
    return List.of(
        "%d swarms x %d agents, %d operations/s each; a flood of %d times that; fsync before acknowledgement"
            .formatted(
                workload.swarms(), workload.agents(), workload.ratePerSecond(), workload.factor()),
        line("beside a swarm that floods", swarmFlood),
        line("beside an agent that floods", agentFlood),
        line("while %d catch up".formatted(workload.readers()), catchUp),
        "  %,d operations behind: live after %s ms, beside a flood %s ms"
            .formatted(workload.behind(), liveAfterMs.map(1), floodedLiveAfterMs.map(1)),
        correct()
            ? "  checked: every agent got everything, once and in order"
            : "  FAILED: %,d operations came twice, late or never".formatted(misplaced));
  }

  private static String line(String what, Pair pair) {
    return "  %s: p99 %s times the quiet one (target %s); quiet %s, disturbed %s"
        .formatted(
            what,
            pair.quiet().ratioOf(pair.disturbed()),
            TARGET,
            pair.quiet().map(),
            pair.disturbed().map());
  }
}
