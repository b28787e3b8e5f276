package dev.swarmlog.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What the recovery bench measured.
 *
 * @param stored one per number of operations, in the order of the workload
 */
record RecoveryResult(RecoveryWorkload workload, List<Stored> stored) {

  private static final double MS_PER_S = 1_000;

  /** What a restart may take to the first ack. */
  private static final double TARGET_MS = 2_000;

  /**
   * One restart after a kill. Times are in milliseconds from the start of the process.
   *
   * @param readyMs until it said that it is ready
   * @param ackMs until a publisher that tried all the time had its first ack
   * @param sdkAckMs the same of one of the SDK, which waits longer before each attempt
   * @param deliveredMs until an agent of the SDK was given an operation
   * @param cpuMs processor time of the coordinator until the first ack, all its threads together
   * @param walMiB of write-ahead logs that the kill had left
   */
  record Restart(
      double readyMs,
      double ackMs,
      double cpuMs,
      double sdkAckMs,
      double deliveredMs,
      double walMiB,
      ServedDirectory.Parts parts) {}

  /**
   * The restarts with so much stored.
   *
   * @param operations in the logs after the last restart
   * @param mib of the data directory then
   */
  record Stored(long operations, double mib, List<Restart> restarts) {

    Spread of(ToDoubleFunction<Restart> figure) {
      return Spread.of(restarts.stream().mapToDouble(figure));
    }

    private Map<String, Object> map() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("operations", operations);
      map.put("storedMiB", Math.round(mib));
      FIGURES.forEach((name, figure) -> map.put(name, of(figure).map(10)));
      return map;
    }
  }

  private static final Map<String, ToDoubleFunction<Restart>> FIGURES = new LinkedHashMap<>();

  static {
    FIGURES.put("firstAckMs", Restart::ackMs);
    FIGURES.put("cpuMs", Restart::cpuMs);
    FIGURES.put("readyMs", Restart::readyMs);
    FIGURES.put("readyToAckMs", restart -> restart.ackMs() - restart.readyMs());
    FIGURES.put("sdkFirstAckMs", Restart::sdkAckMs);
    FIGURES.put("firstDeliveryMs", Restart::deliveredMs);
    FIGURES.put("walMiB", Restart::walMiB);
    FIGURES.put("runtimeMs", restart -> restart.parts().runtime());
    FIGURES.put("linksMs", restart -> restart.parts().links());
    FIGURES.put("logsMs", restart -> restart.parts().logs());
    FIGURES.put("databaseMs", restart -> restart.parts().database());
    FIGURES.put("swarmsMs", restart -> restart.parts().swarms());
    FIGURES.put("checksMs", restart -> restart.parts().checks());
    FIGURES.put("unlinkingMs", restart -> restart.parts().unlinking());
    FIGURES.put("restMs", restart -> restart.parts().rest());
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("swarms", workload.swarms());
    map.put("payloadBytes", workload.payloadBytes());
    map.put("restarts", workload.restarts());
    map.put("targetMs", TARGET_MS);
    map.put("met", met());
    map.put("stored", stored.stream().map(Stored::map).toList());
    return map;
  }

  /** Whether the median is within the target, whatever is stored. */
  private boolean met() {
    return stored.stream().allMatch(one -> one.of(Restart::ackMs).median() <= TARGET_MS);
  }

  /** For a person. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "killed under load and started again, %d times each; %,d swarms, %,d-byte payloads; median (min to max)"
            .formatted(workload.restarts(), workload.swarms(), workload.payloadBytes()));
    for (Stored one : stored) {
      lines.add("%,d operations, %,.0f MiB".formatted(one.operations(), one.mib()));
      lines.add("  first ack              " + seconds(one.of(Restart::ackMs)));
      lines.add("  processor time         " + seconds(one.of(Restart::cpuMs)));
      lines.add("  ready                  " + seconds(one.of(Restart::readyMs)));
      lines.add("  first ack by the SDK   " + seconds(one.of(Restart::sdkAckMs)));
      lines.add("  first delivery         " + seconds(one.of(Restart::deliveredMs)));
      lines.add("  left in the WAL        " + text(one.of(Restart::walMiB), "MiB"));
      lines.add("  made of                " + parts(one));
    }
    lines.add(
        met()
            ? "within the target of %.0f s".formatted(TARGET_MS / MS_PER_S)
            : "MISSED the target of %.0f s".formatted(TARGET_MS / MS_PER_S));
    return lines;
  }

  private static String parts(Stored one) {
    return "Java %.0f ms, links %.0f, reading the log %.0f, RocksDB %.0f, swarms %.0f, checks %.0f, unlinking %.0f, the rest %.0f, ready to ack %.0f"
        .formatted(
            one.of(restart -> restart.parts().runtime()).median(),
            one.of(restart -> restart.parts().links()).median(),
            one.of(restart -> restart.parts().logs()).median(),
            one.of(restart -> restart.parts().database()).median(),
            one.of(restart -> restart.parts().swarms()).median(),
            one.of(restart -> restart.parts().checks()).median(),
            one.of(restart -> restart.parts().unlinking()).median(),
            one.of(restart -> restart.parts().rest()).median(),
            one.of(restart -> restart.ackMs() - restart.readyMs()).median());
  }

  private static String seconds(Spread ms) {
    return "%.2f s (%.2f to %.2f)"
        .formatted(ms.median() / MS_PER_S, ms.min() / MS_PER_S, ms.max() / MS_PER_S);
  }

  private static String text(Spread spread, String unit) {
    return "%,.0f %s (%,.0f to %,.0f)".formatted(spread.median(), unit, spread.min(), spread.max());
  }
}
