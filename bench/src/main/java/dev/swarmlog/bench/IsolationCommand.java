package dev.swarmlog.bench;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what a flood does to those who do not flood. */
@Command(
    name = "isolation",
    description = {
      "Measure what a flood does to those who do not flood. Starts a coordinator in a process of its own, with its store"
          + " on disk and an fsync before every acknowledgement, and each flood in another one.",
      "",
      "In each swarm one publisher sends --rate operations per second, at times fixed beforehand, to all agents of its"
          + " swarm. Then, in turns with quiet: another swarm sends --factor times that to its own agents; one publisher"
          + " of a swarm sends as much to one agent; --readers readers that have missed --behind operations catch up,"
          + " without and with the flood. Ratios are of the 99th percentile of the time from publish to the agent's"
          + " handler.",
      "",
      "Ends with 1 if any agent missed an operation, got one twice or out of order.",
    },
    footerHeading = "%nExamples:%n",
    footer = {"  swarmlog bench isolation", "  swarmlog bench isolation --rate 20 --json"})
final class IsolationCommand implements Callable<Integer> {

  private static final int MIN_SWARMS = 2;

  @Spec private CommandSpec spec;

  @Option(
      names = "--swarms",
      paramLabel = "N",
      defaultValue = "10",
      description = "That do not flood. Default: ${DEFAULT-VALUE}.")
  private int swarms;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "5",
      description = "Per swarm. Default: ${DEFAULT-VALUE}.")
  private int agents;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      defaultValue = "256",
      description = "Of a payload. Default: ${DEFAULT-VALUE}.")
  private int bytes;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "20",
      description = "Operations per second and swarm. Default: ${DEFAULT-VALUE}.")
  private int ratePerSecond;

  @Option(
      names = "--factor",
      paramLabel = "N",
      defaultValue = "100",
      description = "What floods is this many times the rate. Default: ${DEFAULT-VALUE}.")
  private int factor;

  @Option(
      names = "--flooders",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "Publishers of the swarm that floods; all together send that. Default: ${DEFAULT-VALUE}.")
  private int flooders;

  @Option(
      names = "--warmup",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "How long to run before. Default: ${DEFAULT-VALUE}.")
  private int warmupSeconds;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "5",
      description = "How long each flood takes, and each quiet. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often each is done. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--behind",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Operations that a reader has missed. Default: ${DEFAULT-VALUE}.")
  private int behind;

  @Option(
      names = "--readers",
      paramLabel = "N",
      defaultValue = "1",
      description = "That catch up at once. Default: ${DEFAULT-VALUE}.")
  private int readers;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    IsolationWorkload workload = workload();
    IsolationResult result =
        options.measure(
            (server, progress) -> {
              try (Isolation isolation = new Isolation(workload, server, progress)) {
                return isolation.run();
              }
            });
    return options.report(result.map(), result.lines(), result.correct());
  }

  private IsolationWorkload workload() {
    if (agents < 1
        || ratePerSecond < 1
        || factor < 1
        || flooders < 1
        || warmupSeconds < 0
        || seconds < 1
        || rounds < 1
        || behind < 1
        || readers < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --agents, --rate, --factor, --flooders, --seconds, --rounds, --behind and --readers to be 1 or more, but one of"
              + " them is not.");
    }
    if (swarms < MIN_SWARMS) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --swarms to be %d or more, one with an agent that floods and one with a past, but got %d."
              .formatted(MIN_SWARMS, swarms));
    }
    if (bytes < Stamp.BYTES) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --bytes to be %d or more, for a number and a time, but got %d."
              .formatted(Stamp.BYTES, bytes));
    }
    return new IsolationWorkload(
        swarms,
        agents,
        bytes,
        ratePerSecond,
        factor,
        flooders,
        Duration.ofSeconds(warmupSeconds),
        Duration.ofSeconds(seconds),
        rounds,
        behind,
        readers);
  }
}
