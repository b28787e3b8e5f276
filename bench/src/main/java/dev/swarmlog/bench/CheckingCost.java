package dev.swarmlog.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What looking for drift costs the coordinator: one workload with it and without it.
 *
 * @param interval how often each agent was looked at, such as {@code 10s}
 * @param checked runs in which it was looked for
 * @param unchecked runs of the same workload in which it was not
 */
record CheckingCost(String interval, List<FanoutResult> checked, List<FanoutResult> unchecked) {

  private static final double MICROS_PER_SECOND = 1e6;
  private static final double PERCENT = 100;

  /** One run, with a coordinator of its own. */
  interface Run {

    /**
     * Runs it.
     *
     * @param checkInterval the coordinator's {@code drift-check-interval}
     */
    FanoutResult of(String checkInterval) throws Exception;
  }

  /**
   * Measures in turns, so that a machine that gets slower or faster meanwhile changes both.
   *
   * @param interval how often to look at each agent
   * @param repetitions runs of each kind
   */
  static CheckingCost measure(String interval, int repetitions, Run run) throws Exception {
    List<FanoutResult> checked = new ArrayList<>();
    List<FanoutResult> unchecked = new ArrayList<>();
    for (int i = 0; i < repetitions; i++) {
      if (i % 2 == 0) {
        unchecked.add(run.of("0s"));
      }
      checked.add(run.of(interval));
      if (i % 2 == 1) {
        unchecked.add(run.of("0s"));
      }
    }
    return new CheckingCost(interval, checked, unchecked);
  }

  /** Whether every run was right, which is also that no drift was found where there was none. */
  boolean correct() {
    return all().allMatch(FanoutResult::correct);
  }

  /** Processor time of the coordinator per delivery, with checking by that without; of medians. */
  double ratio() {
    return cpuUs(checked).median() / cpuUs(unchecked).median();
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("checkCpuRatio", Spread.rounded(1_000, ratio()));
    map.put("checkedCpuUsPerDelivery", cpuUs(checked).map(100));
    map.put("uncheckedCpuUsPerDelivery", cpuUs(unchecked).map(100));
    map.put("checkInterval", interval);
    map.put("repetitions", checked.size());
    map.put("correct", correct());
    map.put("checked", checked.stream().map(FanoutResult::map).toList());
    map.put("unchecked", unchecked.stream().map(FanoutResult::map).toList());
    return map;
  }

  List<String> lines() {
    return List.of(
        "%,d runs of %.0f s with drift looked for every %s, and without, in turns; median (min to max)"
            .formatted(checked.size(), checked.get(0).seconds(), interval),
        "  with         " + text(cpuUs(checked)),
        "  without      " + text(cpuUs(unchecked)),
        "  so           %+.1f %%".formatted(PERCENT * (ratio() - 1)),
        correct()
            ? "  checked      every agent got everything, once and in order; no drift was found"
            : "  FAILED       "
                + all().filter(result -> !result.correct()).map(FanoutResult::failures).toList());
  }

  private Stream<FanoutResult> all() {
    return Stream.concat(checked.stream(), unchecked.stream());
  }

  private static Spread cpuUs(List<FanoutResult> results) {
    return Spread.of(
        results.stream()
            .mapToDouble(result -> MICROS_PER_SECOND * result.serverCpuSec() / result.delivered()));
  }

  private static String text(Spread cpuUs) {
    return "%.2f µs (%.2f to %.2f) of the coordinator's processor time per delivery"
        .formatted(cpuUs.median(), cpuUs.min(), cpuUs.max());
  }
}
