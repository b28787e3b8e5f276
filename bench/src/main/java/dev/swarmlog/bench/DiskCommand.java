package dev.swarmlog.bench;

import java.math.BigDecimal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what a coordinator stores and writes, and what compaction costs its acks. */
@Command(
    name = "disk",
    description = {
      "Fill a store, let it settle, and measure what it takes up, by kind of row, and what was written on the way. Then"
          + " publish at a steady rate while logs are compacted for some seconds and not for as many, and measure how"
          + " long acks take meanwhile: while RocksDB flushes, while it compacts, and while neither goes on.",
      "",
      "Needs the /proc of Linux for what is written and for what goes on.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog bench disk",
      "  swarmlog bench disk --operations 1e7 --json",
    })
final class DiskCommand implements Callable<Integer> {

  private static final int MIN_SECONDS = 4;

  @Spec private CommandSpec spec;

  @Option(
      names = "--operations",
      paramLabel = "N",
      defaultValue = "1e6",
      description = "That are stored. Default: ${DEFAULT-VALUE}.")
  private BigDecimal operations = BigDecimal.ONE;

  @Option(
      names = "--swarms",
      paramLabel = "N",
      defaultValue = "10",
      description = "Default: ${DEFAULT-VALUE}.")
  private int swarms;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      defaultValue = "256",
      description = "Of a payload. Default: ${DEFAULT-VALUE}.")
  private int bytes;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Operations per second while acks are measured. Default: ${DEFAULT-VALUE}.")
  private int operationsPerSecond;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "60",
      description = "That acks are measured. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    DiskWorkload workload = workload();
    BenchOutput output = options.output();
    DiskResult result;
    try (TemporaryStore store = options.store()) {
      result =
          new DiskBench(
                  workload,
                  store.directory(),
                  options.serverJavaOptions(),
                  options.settings(),
                  output::progress)
              .run();
    }
    output.endProgress();
    return options.report(result.map(), result.lines(), /* correct= */ true);
  }

  private DiskWorkload workload() {
    if (operations.signum() < 1 || swarms < 1 || bytes < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --operations, --swarms and --bytes to be 1 or more, but one of them is not.");
    }
    if (operationsPerSecond < PacedLoad.GROUP_OPERATIONS || seconds < MIN_SECONDS) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --rate from %d and --seconds from %d on, but got %d and %d."
              .formatted(PacedLoad.GROUP_OPERATIONS, MIN_SECONDS, operationsPerSecond, seconds));
    }
    return new DiskWorkload(operations.longValue(), swarms, bytes, operationsPerSecond, seconds);
  }
}
