package dev.swarmlog.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How many time series there are.
 *
 * @param bySwarms with a number of swarms
 * @param byAgents with a number of agents in one swarm
 */
record SeriesResult(Map<Integer, SeriesCount> bySwarms, Map<Integer, SeriesCount> byAgents) {

  /** Whether agents are no series. */
  boolean correct() {
    return byAgents.values().stream().mapToLong(SeriesCount::ownSeries).distinct().count() <= 1;
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("bySwarms", maps(bySwarms));
    map.put("byAgents", maps(byAgents));
    map.put("correct", correct());
    return map;
  }

  private static Map<String, Object> maps(Map<Integer, SeriesCount> counts) {
    Map<String, Object> map = new LinkedHashMap<>();
    counts.forEach((number, count) -> map.put(Integer.toString(number), count.map()));
    return map;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    bySwarms.forEach((swarms, count) -> lines.add(line("%,d swarms".formatted(swarms), count)));
    byAgents.forEach((agents, count) -> lines.add(line("%,d agents".formatted(agents), count)));
    lines.add(
        correct()
            ? "  checked        more agents are no more series"
            : "  FAILED         more agents are more series");
    return lines;
  }

  private static String line(String what, SeriesCount count) {
    return "  %-14s %,7d series, and %,d of the runtime; page %,d KiB, %,d ms"
        .formatted(
            what,
            count.ownSeries(),
            count.runtimeSeries(),
            count.pageBytes() / 1_024,
            count.pageMs());
  }
}
