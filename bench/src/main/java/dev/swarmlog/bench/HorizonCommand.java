package dev.swarmlog.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what it takes to bring an agent back below the horizon of a compacted log. */
@Command(
    name = "horizon",
    description = {
      "Measure what it takes to bring an agent back that was away until the log was compacted beyond where it stood."
          + " Starts a coordinator in a process of its own.",
      "",
      "An agent of the SDK holds --keys keys and goes away. --differing keys change: of ten, eight get another value, one"
          + " is deleted and one is new. The log is compacted up to its head, and the agent comes back: it is asked for"
          + " digests of what it holds, and sent what differs. Then an agent that holds nothing comes, and is sent all."
          + " Bytes are of both ways on the wire, from when the agent starts until it has caught up; so are times.",
      "",
      "Ratios are of medians. Ends with 1 if anybody was not given exactly what was missing; so it does where so many keys"
          + " differ that the coordinator asks no further, and sends the rest of them as it is.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog bench horizon",
      "  swarmlog bench horizon --differing 1000",
      "  swarmlog bench horizon --keys 10000 --json",
    })
final class HorizonCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "100000",
      description = "That the agent holds. Default: ${DEFAULT-VALUE}.")
  private int keys;

  @Option(
      names = "--differing",
      paramLabel = "N",
      defaultValue = "100",
      description = "That differ when it comes back. Default: ${DEFAULT-VALUE}.")
  private int differing;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      defaultValue = "256",
      description = "Of a payload. Default: ${DEFAULT-VALUE}.")
  private int bytes;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "5",
      description = "How often it goes away and comes back. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    HorizonWorkload workload = workload();
    HorizonResult result =
        options.measure(
            HorizonBench.SETTINGS,
            (server, progress) -> new HorizonBench(workload, server, progress).run());
    return options.report(result.map(), result.lines(), result.correct());
  }

  private HorizonWorkload workload() {
    if (keys < 1 || bytes < 1 || repetitions < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --keys, --bytes and --repetitions to be 1 or more, but one of them is not.");
    }
    if (differing < 1 || differing > keys) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --differing from 1 to --keys, %,d, but got %,d.".formatted(keys, differing));
    }
    return new HorizonWorkload(keys, differing, bytes, repetitions);
  }
}
