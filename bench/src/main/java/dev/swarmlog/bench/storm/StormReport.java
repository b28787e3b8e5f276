package dev.swarmlog.bench.storm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What all contenders measured, for programs and for people. */
public record StormReport(StormWorkload workload, List<StormResult> results) {

  private static final int LABEL_COLUMNS = 32;

  /** Whether Swarmlog lost nothing. What an orchestrator loses is a figure. */
  public boolean correct() {
    return results.stream()
        .filter(result -> result.contender() == ContenderKind.SWARMLOG)
        .allMatch(result -> result.lost() == 0);
  }

  /**
   * How much more processor time the naive orchestrator takes for a useful command in the storm
   * than Swarmlog; NaN unless both ran.
   */
  double cpuRatio() {
    return cpuPer1000(ContenderKind.ORCHESTRATOR_NAIVE) / cpuPer1000(ContenderKind.SWARMLOG);
  }

  private double cpuPer1000(ContenderKind contender) {
    return results.stream()
        .filter(result -> result.contender() == contender)
        .mapToDouble(result -> result.during().cpuSecPer1000())
        .findFirst()
        .orElse(Double.NaN);
  }

  /** For one line of JSON. What is infinite or not a number there is null here. */
  public Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("cpuRatio", rounded(cpuRatio()));
    map.put("contenders", results.stream().map(StormReport::map).toList());
    map.put("swarms", workload.swarms());
    map.put("agents", workload.agents());
    map.put("ratePerSwarm", workload.ratePerSecond());
    map.put("stormRate", workload.stormRate());
    map.put("misbehaviour", misbehaviour());
    map.put("warmUpSeconds", workload.warmUpSeconds());
    map.put("phaseSeconds", workload.phaseSeconds());
    map.put("seed", workload.seed());
    return map;
  }

  private List<String> misbehaviour() {
    return workload.misbehaviours().stream()
        .map(misbehaviour -> misbehaviour.name().toLowerCase(Locale.ROOT))
        .toList();
  }

  private static Map<String, Object> map(StormResult result) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", result.contender().key());
    Map<String, Object> phases = new LinkedHashMap<>();
    result.named().forEach((name, figures) -> phases.put(name, map(figures)));
    map.put("phases", phases);
    map.put("quietBefore", result.quietBefore());
    map.put(
        "secondsToRecover",
        result.recoverySec().isPresent() ? result.recoverySec().getAsDouble() : null);
    map.put("commands", result.commands());
    map.put("lost", result.lost());
    map.put("stormAnswered", result.answered());
    map.put("stormRefused", result.refused());
    map.put("stormHeldBack", result.heldBack());
    return map;
  }

  private static Map<String, Object> map(PhaseFigures figures) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("cpuSecPer1000", rounded(figures.cpuSecPer1000()));
    map.put("cpuSec", rounded(figures.cpuSec()));
    map.put("goodputPerSec", rounded(figures.goodputPerSec()));
    map.put("p50Ms", rounded(figures.doneMs(50)));
    map.put("p99Ms", rounded(figures.doneMs(99)));
    map.put("p99ByP50", rounded(figures.doneMs(99) / figures.doneMs(50)));
    map.put("deliveredP50Ms", rounded(figures.deliveredUs().getValueAtPercentile(50) / 1e3));
    map.put("deliveredP99Ms", rounded(figures.deliveredUs().getValueAtPercentile(99) / 1e3));
    map.put("stormRequestsPerSec", rounded(figures.stormRequestsPerSec()));
    return map;
  }

  private static @Nullable Double rounded(double value) {
    return Double.isFinite(value) ? Math.round(value * 1_000) / 1_000.0 : null;
  }

  /** For a person, however wide. */
  public List<String> lines() {
    return lines(Integer.MAX_VALUE, "--warmup");
  }

  /**
   * For a person. Where the columns do not suffice for all contenders side by side, they are one
   * below the other.
   *
   * @param columns how long a line may be
   * @param warmUpFlag the flag that makes the warm-up longer
   */
  public List<String> lines(int columns, String warmUpFlag) {
    List<String> lines = new ArrayList<>();
    results.stream()
        .filter(result -> !result.quietBefore())
        .forEach(
            result ->
                lines.addAll(
                    WrappedText.lines(
                        "%s was not quiet before the storm: the machine was too busy for these figures to tell much. A longer %s may help."
                            .formatted(result.contender().key(), warmUpFlag),
                        columns)));
    if (!lines.isEmpty()) {
      lines.add("");
    }
    lines.addAll(
        WrappedText.lines(
            "%d swarms x %d agents, %d commands/s each; one agent asks %,d times per second for %d s; seed %d"
                .formatted(
                    workload.swarms(),
                    workload.agents(),
                    workload.ratePerSecond(),
                    workload.stormRate(),
                    workload.phaseSeconds(),
                    workload.seed()),
            columns));
    lines.add("");
    List<String> together = table(results);
    if (together.stream().allMatch(line -> line.length() <= columns)) {
      lines.addAll(together);
      lines.add("");
    } else {
      for (StormResult result : results) {
        lines.addAll(table(List.of(result)));
        lines.add("");
      }
    }
    lines.addAll(
        WrappedText.lines(
            "CPU in the storm, naive orchestrator by Swarmlog: %s. The aim is 10 or more, on a quiet machine."
                .formatted(number("%.1f", cpuRatio())),
            columns));
    return lines;
  }

  /** Each column as wide as its widest cell. */
  private static List<String> table(List<StormResult> shown) {
    List<String> lines = new ArrayList<>(labels());
    for (StormResult result : shown) {
      List<String> cells = cells(result);
      int width = cells.stream().mapToInt(String::length).max().orElse(0);
      for (int i = 0; i < cells.size(); i++) {
        lines.set(
            i, lines.get(i) + "  " + " ".repeat(width - cells.get(i).length()) + cells.get(i));
      }
    }
    return lines;
  }

  private static List<String> labels() {
    return Stream.of(
            "before / during / after",
            "CPU s per 1,000 useful commands",
            "goodput, commands/s",
            "p50 of healthy agents, ms",
            "p99 of healthy agents, ms",
            "p99 by p50",
            "recovered after, s",
            "asked by the misbehaving agent/s",
            "of these answered / refused, all",
            "commands lost")
        .map(("%-" + LABEL_COLUMNS + "s")::formatted)
        .toList();
  }

  /** In the order of the labels. */
  private static List<String> cells(StormResult result) {
    return List.of(
        result.contender().key(),
        phases(result, "%.2f", PhaseFigures::cpuSecPer1000),
        phases(result, "%.0f", PhaseFigures::goodputPerSec),
        phases(result, "%.1f", figures -> latencyMs(figures, 50)),
        phases(result, "%.1f", figures -> latencyMs(figures, 99)),
        phases(result, "%.0f", figures -> latencyMs(figures, 99) / latencyMs(figures, 50)),
        result.recoverySec().isPresent()
            ? "%.1f".formatted(result.recoverySec().getAsDouble())
            : result.quietBefore() ? "not seen" : "-",
        "%,.0f".formatted(result.during().stormRequestsPerSec()),
        "%,d / %,d".formatted(result.answered(), result.refused()),
        "%,d".formatted(result.lost()));
  }

  /** NaN where nothing was done. */
  private static double latencyMs(PhaseFigures figures, double percentile) {
    return figures.doneUs().getTotalCount() == 0 ? Double.NaN : figures.doneMs(percentile);
  }

  private static String number(String format, double value) {
    return Double.isFinite(value) ? format.formatted(value) : "-";
  }

  private interface Figure {
    double of(PhaseFigures figures);
  }

  private static String phases(StormResult result, String format, Figure figure) {
    return Stream.of(result.before(), result.during(), result.after())
        .map(figures -> number(format, figure.of(figures)))
        .collect(Collectors.joining(" / "));
  }
}
