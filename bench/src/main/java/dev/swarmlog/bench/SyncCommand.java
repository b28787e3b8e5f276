package dev.swarmlog.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what it takes to bring agents back that were away. */
@Command(
    name = "sync",
    description = {
      "Measure what it takes to bring agents back that were away. Starts a coordinator in a process of its own, with its"
          + " store on disk and an fsync before every acknowledgement.",
      "",
      "An agent that knows --keys keys misses --operations operations on them. It comes back by a replay of all of them"
          + " and by the delta, in turns, on the wire and with nothing done to what comes. Then --agents agents of the"
          + " SDK come back at once. Then the delta of the same keys is measured after logs of several lengths.",
      "",
      "Ratios are of medians. Ends with 1 if anybody was not given exactly what was missing.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog bench sync",
      "  swarmlog bench sync --json",
      "  swarmlog bench sync --lengths 1000,100000",
    })
final class SyncCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--operations",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Missed by the agents. Default: ${DEFAULT-VALUE}.")
  private int operations;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "1000",
      description = "That they change. Default: ${DEFAULT-VALUE}.")
  private int keys;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      defaultValue = "256",
      description = "Of a payload. Default: ${DEFAULT-VALUE}.")
  private int bytes;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "200",
      description = "That come back at once. Default: ${DEFAULT-VALUE}.")
  private int agents;

  @Option(
      names = "--lengths",
      paramLabel = "N",
      split = ",",
      converter = CountText.class,
      defaultValue = "10000,100000,1000000",
      description = "Operations missed, ascending. Default: ${DEFAULT-VALUE}.")
  private List<Integer> lengths = List.of();

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "15",
      description = "Of each measurement. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    SyncWorkload workload = workload();
    SyncResult result =
        options.measure(
            SyncBench.SETTINGS,
            (server, progress) -> {
              try (SyncBench bench = new SyncBench(workload, server, progress)) {
                return bench.run();
              }
            });
    return options.report(result.map(), SyncReport.lines(result), result.correct());
  }

  private SyncWorkload workload() {
    boolean ascending = lengths.stream().sorted().distinct().toList().equals(lengths);
    if (lengths.isEmpty() || !ascending || lengths.get(0) < keys) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --lengths to ascend from --keys, %,d, on, but got %s."
              .formatted(keys, lengths));
    }
    if (keys < 1 || operations < keys || agents < 1 || repetitions < 1 || bytes < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --keys, --agents, --bytes and --repetitions to be 1 or more, and --operations to be --keys or more, but one of them is not.");
    }
    return new SyncWorkload(operations, keys, bytes, agents, repetitions, List.copyOf(lengths));
  }
}
