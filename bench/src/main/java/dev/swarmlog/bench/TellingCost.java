package dev.swarmlog.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What it costs a coordinator to tell of itself: one workload with each {@link Telling}.
 *
 * @param results of each, in the order of the runs
 */
record TellingCost(Map<Telling, List<FanoutResult>> results) {

  private static final double MICROS_PER_SECOND = 1e6;

  /** One run, with a coordinator of its own. */
  interface Run {
    FanoutResult of(Telling telling) throws Exception;
  }

  /**
   * Measures in turns, forwards and backwards, so that a machine that gets slower or faster
   * meanwhile changes all of them.
   *
   * @param repetitions runs of each
   */
  static TellingCost measure(int repetitions, Run run) throws Exception {
    Map<Telling, List<FanoutResult>> results = new EnumMap<>(Telling.class);
    List<Telling> all = List.of(Telling.values());
    for (int i = 0; i < repetitions; i++) {
      for (int j = 0; j < all.size(); j++) {
        Telling next = all.get(i % 2 == 0 ? j : all.size() - 1 - j);
        results.computeIfAbsent(next, telling -> new ArrayList<>()).add(run.of(next));
      }
    }
    return new TellingCost(results);
  }

  boolean correct() {
    return results.values().stream().flatMap(List::stream).allMatch(FanoutResult::correct);
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    for (Telling telling : Telling.values()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("deliveriesPerSecRatio", Spread.rounded(1_000, ratio(telling)));
      one.put("cpuRatio", Spread.rounded(1_000, cpuRatio(telling)));
      one.put("deliveriesPerSec", perSecond(telling).map(1));
      one.put("cpuUsPerDelivery", cpuUs(telling).map(100));
      map.put(telling.name().toLowerCase(Locale.ROOT), one);
    }
    map.put("repetitions", of(Telling.OFF).size());
    map.put("correct", correct());
    return map;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%,d runs of each, %.0f s, in turns; medians (min to max), and ratios to \"off\""
            .formatted(of(Telling.OFF).size(), of(Telling.OFF).get(0).seconds()));
    for (Telling telling : Telling.values()) {
      Spread cpuUs = cpuUs(telling);
      lines.add(
          "  %-13s %,10.0f deliveries/s  x%.3f   %6.2f (%.2f to %.2f) µs of processor time each  x%.3f"
              .formatted(
                  telling.text(),
                  perSecond(telling).median(),
                  ratio(telling),
                  cpuUs.median(),
                  cpuUs.min(),
                  cpuUs.max(),
                  cpuRatio(telling)));
    }
    lines.add(
        correct()
            ? "  checked       every agent got everything, once and in order; no drift was found"
            : "  FAILED");
    return lines;
  }

  private double ratio(Telling telling) {
    return perSecond(telling).median() / perSecond(Telling.OFF).median();
  }

  private double cpuRatio(Telling telling) {
    return cpuUs(telling).median() / cpuUs(Telling.OFF).median();
  }

  private Spread perSecond(Telling telling) {
    return Spread.of(of(telling).stream().mapToDouble(FanoutResult::deliveriesPerSec));
  }

  private Spread cpuUs(Telling telling) {
    return Spread.of(
        of(telling).stream()
            .mapToDouble(result -> MICROS_PER_SECOND * result.serverCpuSec() / result.delivered()));
  }

  private List<FanoutResult> of(Telling telling) {
    return Objects.requireNonNull(results.get(telling));
  }
}
