package dev.swarmlog.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How agents came back to a coordinator that was killed.
 *
 * @param agents all of them
 * @param downMs from the kill until the coordinator served again
 * @param backMs for each agent, from when it served again until the agent was live, ascending
 * @param attemptsPer100Ms how often agents tried to open a session, from when it served again on
 * @param peakCores the most processors the coordinator used over 200 ms since it served again
 * @param reached agents that were given what was published afterwards
 */
record ReconnectResult(
    int agents,
    long downMs,
    List<Long> backMs,
    List<Long> attemptsPer100Ms,
    double peakCores,
    int reached) {

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agents", agents);
    map.put("downMs", downMs);
    map.put("allBackMs", quantile(1));
    map.put("p50BackMs", quantile(0.5));
    map.put("p99BackMs", quantile(0.99));
    map.put("peakAttemptsPer100Ms", peakAttempts());
    map.put("attemptsPer100Ms", attemptsPer100Ms);
    map.put("peakCores", Spread.rounded(100, peakCores));
    map.put("reached", reached);
    return map;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("agents                    %,d".formatted(agents));
    lines.add("coordinator away          %,d ms".formatted(downMs));
    lines.add(
        "live again, p50 p99 all   %,d  %,d  %,d ms after it served"
            .formatted(quantile(0.5), quantile(0.99), quantile(1)));
    lines.add("sessions tried, at most   %,d per 100 ms".formatted(peakAttempts()));
    lines.add("coordinator, at most      %.2f cores".formatted(peakCores));
    lines.add("given what came next      %,d of %,d".formatted(reached, agents));
    return lines;
  }

  private long quantile(double share) {
    return backMs.get((int) Math.min(backMs.size() - 1L, Math.round(share * backMs.size())));
  }

  private long peakAttempts() {
    return attemptsPer100Ms.stream().mapToLong(Long::longValue).max().orElse(0);
  }
}
