package dev.swarmlog.reliability.faults.growth;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of a coordinator under load, sample by sample, and by how much each may grow from one
 * third of a run to the next.
 */
final class GrowthSamples {

  static final String DISK = "disk, MiB";

  /** Where nothing is compacted, it grows by more than all of it. */
  private static final double DISK_SHARE = 0.15;

  private static final double BYTES_PER_MIB = 1 << 20;
  private static final String TELEMETRY = "disk of telemetry, MiB";

  private static final Map<String, Allowance> ALLOWED = new LinkedHashMap<>();

  static {
    ALLOWED.put(DISK, new Allowance(0, 0.5));
    ALLOWED.put(TELEMETRY, new Allowance(0.3, 3));
    ALLOWED.put("resident, MiB", new Allowance(0.03, 16));
    ALLOWED.put("live heap, MiB", new Allowance(0.2, 8));
    ALLOWED.put("file handles", new Allowance(0.1, 12));
    ALLOWED.put("threads", new Allowance(0.05, 3));
    ALLOWED.put("ack p50, ms", new Allowance(3, 250));
  }

  private final ProcessFigures process;
  private final boolean telemetry;
  private final Map<String, List<Double>> samples = new LinkedHashMap<>();

  /** Published until each sample. */
  private final List<Long> operations = new ArrayList<>();

  /**
   * What is no growth.
   *
   * @param share of the middle third
   * @param atLeast in the unit of the figure
   */
  private record Allowance(double share, double atLeast) {}

  /**
   * @param telemetry whether it lasts long enough to see that telemetry is deleted again
   */
  GrowthSamples(ProcessFigures process, boolean telemetry) {
    this.process = process;
    this.telemetry = telemetry;
  }

  /**
   * Takes one.
   *
   * @param heap whether to collect all garbage and see what is left
   */
  void take(List<GrowthLoad> loads, boolean heap) throws IOException {
    add(DISK, process.diskMiB("/shard-"));
    if (telemetry) {
      add(TELEMETRY, process.diskMiB("/telemetry/"));
    }
    add("resident, MiB", process.residentMiB());
    add("file handles", process.handles());
    add("threads", process.threads());
    if (heap) {
      add("live heap, MiB", process.liveHeapMiB());
    }
    double[] ackMs =
        loads.stream()
            .flatMap(load -> load.takeAckMs().stream())
            .mapToDouble(Double::doubleValue)
            .sorted()
            .toArray();
    if (ackMs.length > 0) {
      add("ack p50, ms", ackMs[ackMs.length / 2]);
    }
    operations.add(loads.stream().mapToLong(GrowthLoad::published).sum());
  }

  private void add(String figure, double value) {
    samples.computeIfAbsent(figure, name -> new ArrayList<>()).add(value);
  }

  /** Published from the first sample to the last. */
  long operations() {
    return operations.isEmpty() ? 0 : operations.get(operations.size() - 1) - operations.get(0);
  }

  /** What is allowed in addition to the share of what is there: a share of what came in. */
  private double allowedOfDiskMiB() {
    int third = operations.size() / 3;
    long published =
        operations.get(operations.size() - 1) - operations.get(operations.size() - 1 - third);
    return DISK_SHARE * published * GrowthLoad.PAYLOAD_BYTES / BYTES_PER_MIB;
  }

  /** The trends of what goes on growing. */
  List<String> growing() {
    List<String> growing = new ArrayList<>();
    samples.forEach(
        (figure, values) -> {
          Trend trend = Trend.of(figure, values);
          Allowance allowed = allowed(figure);
          double more = figure.equals(DISK) ? allowedOfDiskMiB() : 0;
          if (trend.grows(allowed.share(), allowed.atLeast() + more)) {
            growing.add(trend.toString());
          }
        });
    return growing;
  }

  /** All trends, with their samples. */
  String report() {
    StringBuilder report = new StringBuilder();
    samples.forEach(
        (figure, values) ->
            report
                .append(Trend.of(figure, values))
                .append(Arrays.toString(values.stream().mapToLong(Math::round).toArray()))
                .append('\n'));
    return report.toString();
  }

  private static Allowance allowed(String figure) {
    Allowance allowed = ALLOWED.get(figure);
    if (allowed == null) {
      throw new IllegalArgumentException(
          "Expected one of " + ALLOWED.keySet() + ", but got " + figure);
    }
    return allowed;
  }
}
