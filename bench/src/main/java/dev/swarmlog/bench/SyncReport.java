package dev.swarmlog.bench;

import dev.swarmlog.bench.Return.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the sync bench measured, for a person. */
final class SyncReport {

  private static final double PERCENT = 100;

  private SyncReport() {}

  static List<String> lines(SyncResult result) {
    SyncWorkload workload = result.workload();
    double replayBytes = SyncResult.median(result.replays(), Cost::bytes);
    double deltaBytes = SyncResult.median(result.deltas(), Cost::bytes);
    List<String> lines = new ArrayList<>();
    lines.add(
        "%,d operations of %,d bytes missed, over %,d keys; %,d repetitions, median (min to max)"
            .formatted(
                workload.operations(),
                workload.payloadBytes(),
                workload.keys(),
                workload.repetitions()));
    lines.add("  replay       %s, %,.0f bytes".formatted(ms(result.replays()), replayBytes));
    lines.add("  delta        %s, %,.0f bytes".formatted(ms(result.deltas()), deltaBytes));
    lines.add(
        "  so           %.2f %% of the bytes, %,.1f times as fast"
            .formatted(
                PERCENT * deltaBytes / replayBytes,
                SyncResult.median(result.replays(), Cost::nanos)
                    / SyncResult.median(result.deltas(), Cost::nanos)));
    lines.add("  at once      " + atOnce(result));
    lines.add(
        "  receipts     %,d entries changed nothing, %,d mismatches"
            .formatted(result.stampede().redundant(), result.stampede().mismatches()));
    String label = "by length";
    for (SyncResult.OfLength one : result.byLength()) {
      lines.add("  %-11s  %,d operations: %s".formatted(label, one.length(), ms(one.costs())));
      label = "";
    }
    lines.add(
        result.correct()
            ? "  checked      everybody was given exactly what was missing"
            : "  FAILED       somebody was not given exactly what was missing");
    return lines;
  }

  private static String atOnce(SyncResult result) {
    Map<String, Double> took = Latencies.percentilesMs(result.stampede().tookUs(), 50, 99, 100);
    String text =
        "%,d agents: half of them within %,.2f ms, 99 %% within %,.2f ms, all within %,.2f ms"
            .formatted(
                result.workload().agents(), took.get("p50"), took.get("p99"), took.get("p100"));
    return result.serverRssMiB() < 0
        ? text
        : text + "; coordinator at most %,d MiB resident".formatted(result.serverRssMiB());
  }

  private static String ms(List<Cost> costs) {
    Map<String, Double> values = SyncResult.ms(costs);
    return "%,.2f ms (%,.2f to %,.2f)"
        .formatted(values.get("median"), values.get("min"), values.get("max"));
  }
}
