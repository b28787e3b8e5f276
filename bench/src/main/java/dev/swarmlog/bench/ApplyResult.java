package dev.swarmlog.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** How fast agents applied a log, by SDK. Not thread-safe. */
final class ApplyResult {
  /**
   * One run of one agent.
   *
   * @param operations that its handler got
   * @param seconds from the start of the agent to its having caught up
   * @param cpuSeconds processor time of its process in that time
   * @param peakMib the most memory the process had; 0 if that is not known
   */
  record Run(long operations, double seconds, double cpuSeconds, long peakMib) {}

  private final int operations;
  private final Map<String, List<Run>> runs = new LinkedHashMap<>();

  ApplyResult(int operations) {
    this.operations = operations;
  }

  void add(String language, Run run) {
    runs.computeIfAbsent(language, absent -> new ArrayList<>()).add(run);
  }

  /** Whether every agent applied every operation once. */
  boolean correct() {
    return runs.values().stream()
        .flatMap(List::stream)
        .allMatch(run -> run.operations() == operations);
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("operations", operations);
    runs.forEach(
        (language, ofLanguage) ->
            map.put(
                language,
                Map.of(
                    "operationsPerSecond",
                        Math.round(operations / median(ofLanguage, Run::seconds)),
                    "cpuMicrosPerOperation", 1e6 * median(ofLanguage, Run::cpuSeconds) / operations,
                    "peakMiB", Math.round(median(ofLanguage, Run::peakMib)))));
    map.put("correct", correct());
    return map;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    runs.forEach(
        (language, ofLanguage) ->
            lines.add(
                "  %-12s %,10.0f operations/s, %6.2f us of processor time each, %,5.0f MiB at most"
                    .formatted(
                        language,
                        operations / median(ofLanguage, Run::seconds),
                        1e6 * median(ofLanguage, Run::cpuSeconds) / operations,
                        median(ofLanguage, Run::peakMib))));
    lines.add(
        correct()
            ? "  checked      every agent applied each of %,d operations once".formatted(operations)
            : "  FAILED       some agent did not apply each of %,d operations once"
                .formatted(operations));
    return lines;
  }

  private static double median(List<Run> runs, ToDoubleFunction<Run> figure) {
    double[] sorted = runs.stream().mapToDouble(figure).sorted().toArray();
    return sorted[sorted.length / 2];
  }
}
