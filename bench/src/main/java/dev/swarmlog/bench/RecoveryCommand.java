package dev.swarmlog.bench;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures how soon a coordinator that was killed acknowledges again. */
@Command(
    name = "recovery",
    description = {
      "Fill a store, kill the coordinator under load, start it again, and measure when it acknowledges the first"
          + " operation: from the start of its process, Java included. Half of the operations are events, half are keyed;"
          + " payloads do not compress.",
      "",
      "What it took to open the store is read from the coordinator's log.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog bench recovery",
      "  swarmlog bench recovery --operations 1e6,1e7 --json",
      "  swarmlog bench recovery --operations 1e6 --swarms 10000",
    })
final class RecoveryCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--operations",
      paramLabel = "N",
      split = ",",
      defaultValue = "1e6",
      description =
          "That are stored; several, ascending, one after the other. Default: ${DEFAULT-VALUE}.")
  private List<BigDecimal> operations = List.of();

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
      names = "--restarts",
      paramLabel = "N",
      defaultValue = "7",
      description = "How often it is killed, per number of operations. Default: ${DEFAULT-VALUE}.")
  private int restarts;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of how much is published before each kill. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    RecoveryWorkload workload = workload();
    BenchOutput output = options.output();
    RecoveryResult result;
    try (TemporaryStore store = options.store();
        TemporaryStore logs = TemporaryStore.in(null, "swarmlog-bench-log-")) {
      Path log = Files.createFile(logs.directory().resolve("coordinator.log"));
      result =
          new RecoveryBench(
                  workload,
                  store.directory(),
                  log,
                  options.serverJavaOptions(),
                  options.settings(),
                  output::progress)
              .run();
    }
    output.endProgress();
    return options.report(result.map(), result.lines(), /* correct= */ true);
  }

  private RecoveryWorkload workload() {
    List<Long> counts = operations.stream().map(this::count).toList();
    if (swarms < 1 || bytes < 1 || restarts < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --swarms, --bytes and --restarts to be 1 or more, but one of them is not.");
    }
    return new RecoveryWorkload(counts, swarms, bytes, restarts, seed);
  }

  private long count(BigDecimal value) {
    try {
      long count = value.longValueExact();
      if (count >= 1) {
        return count;
      }
    } catch (ArithmeticException e) {
      // Said below.
      return refuse(value);
    }
    return refuse(value);
  }

  private long refuse(BigDecimal value) {
    throw new ParameterException(
        spec.commandLine(),
        "Expected --operations to be whole numbers from 1 on, such as 1e6, but got %s."
            .formatted(value));
  }
}
