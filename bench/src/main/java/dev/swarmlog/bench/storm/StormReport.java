package dev.swarmlog.bench.storm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What all contenders measured, for programs and for people. */
public record StormReport(StormWorkload workload, List<StormResult> results) {

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

  /** For a person. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%d swarms x %d agents, %d commands/s each; one agent asks %,d times per second for %d s; seed %d"
            .formatted(
                workload.swarms(),
                workload.agents(),
                workload.ratePerSecond(),
                workload.stormRate(),
                workload.phaseSeconds(),
                workload.seed()));
    lines.add("");
    lines.add(line("before / during / after", result -> result.contender().key()));
    lines.add(row("CPU s per 1,000 useful commands", "%.2f", PhaseFigures::cpuSecPer1000));
    lines.add(row("goodput, commands/s", "%.0f", PhaseFigures::goodputPerSec));
    lines.add(row("p50 of healthy agents, ms", "%.1f", figures -> figures.doneMs(50)));
    lines.add(row("p99 of healthy agents, ms", "%.1f", figures -> figures.doneMs(99)));
    lines.add(row("p99 by p50", "%.0f", figures -> figures.doneMs(99) / figures.doneMs(50)));
    lines.add(
        line(
            "recovered after, s",
            result ->
                result.recoverySec().isPresent()
                    ? "%.1f".formatted(result.recoverySec().getAsDouble())
                    : result.quietBefore() ? "not seen" : "-"));
    lines.add(
        line(
            "requests of the misbehaving agent/s",
            result -> "%,.0f".formatted(result.during().stormRequestsPerSec())));
    lines.add(
        line(
            "of these answered / refused, all",
            result -> "%,d / %,d".formatted(result.answered(), result.refused())));
    lines.add(line("commands lost", result -> "%,d".formatted(result.lost())));
    lines.add("");
    results.stream()
        .filter(result -> !result.quietBefore())
        .forEach(
            result ->
                lines.add(
                    "%s was not quiet before the storm: nothing to compare recovery with; a longer --warmup may help"
                        .formatted(result.contender().key())));
    lines.add(
        "CPU in the storm, naive orchestrator by Swarmlog: %.1f (target 10)".formatted(cpuRatio()));
    return lines;
  }

  private interface Figure {
    double of(PhaseFigures figures);
  }

  private interface Cell {
    String of(StormResult result);
  }

  private String row(String name, String format, Figure figure) {
    return line(
        name,
        result ->
            String.join(
                " / ",
                List.of(
                    format.formatted(figure.of(result.before())),
                    format.formatted(figure.of(result.during())),
                    format.formatted(figure.of(result.after())))));
  }

  private String line(String name, Cell cell) {
    StringBuilder line = new StringBuilder("%-36s".formatted(name));
    results.forEach(result -> line.append(" %22s".formatted(cell.of(result))));
    return line.toString();
  }
}
