package dev.swarmlog.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures how fast operations reach many agents. */
@Command(
    name = "fanout",
    description = {
      "Measure how fast operations reach many agents. Starts a coordinator in a process of its own, with its store on"
          + " disk and an fsync before every acknowledgement; publishers and agents run in this process, each agent"
          + " with a connection of its own.",
      "",
      "Lag is the time from publish to the agent's handler, on one clock. Without --rate a publisher goes as fast as"
          + " the slowest agent of its swarm lets it, --window operations ahead. With --rate it publishes at times"
          + " fixed beforehand, and lag counts from those, so that a stall shows in full.",
      "",
      "Agents report what they hold, and the coordinator compares it with the log. With --check-cost the whole run is"
          + " done several times, in turns with that and without, each with a coordinator of its own; the answer is what"
          + " it costs the coordinator.",
      "",
      "With --telling-cost likewise; the answer is what metrics and traces cost it.",
      "",
      "Ends with 1 if any agent missed an operation, got one twice or out of order, or if the coordinator found that an"
          + " agent holds something else than the log.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog bench fanout",
      "  swarmlog bench fanout --rate 500 --json",
      "  swarmlog bench fanout --swarms 1 --agents 500 --keyed",
      "  swarmlog bench fanout --rate 100 --telling-cost",
      "  swarmlog bench fanout --rate 100 --check-cost 10s --warmup 15 --seconds 11",
    })
final class FanoutCommand implements Callable<Integer> {

  private static final String CHECK_INTERVAL = "drift-check-interval";

  @Spec private CommandSpec spec;

  @Option(
      names = "--swarms",
      paramLabel = "N",
      defaultValue = "10",
      description = "Default: ${DEFAULT-VALUE}.")
  private int swarms;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "20",
      description = "Per swarm. Default: ${DEFAULT-VALUE}.")
  private int agents;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      defaultValue = "256",
      description = "Of a payload. Default: ${DEFAULT-VALUE}.")
  private int bytes;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description = "How long to measure. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--warmup",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "How long to run before that. Default: ${DEFAULT-VALUE}.")
  private int warmupSeconds;

  @Option(names = "--keyed", description = "Publish keyed operations instead of events.")
  private boolean keyed;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "0",
      description = "Operations per second and swarm. Default: as many as go.")
  private int ratePerSecond;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "256",
      description =
          "Without --rate: how many operations a publisher may be ahead of its slowest agent. Default:"
              + " ${DEFAULT-VALUE}.")
  private int window;

  @Option(
      names = "--check-cost",
      paramLabel = "INTERVAL",
      description =
          "Measure what it costs to look for drift this often, such as 10s, as a coordinator does by default, or 100ms,"
              + " to see a hundred times as much of it.")
  private @Nullable String checkInterval;

  @Option(
      names = "--telling-cost",
      description =
          "Measure what metrics and traces cost: nothing told, metrics, and one and a hundred of each hundred operations"
              + " traced, sent to a collector that keeps nothing.")
  private boolean tellingCost;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "With --check-cost and --telling-cost: runs of each kind. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    FanoutWorkload workload = workload();
    if (checkInterval != null) {
      CheckingCost cost =
          CheckingCost.measure(
              checkInterval,
              repetitions,
              interval -> run(workload, List.of(CHECK_INTERVAL, interval)));
      return options.report(cost.map(), cost.lines(), cost.correct());
    }
    if (tellingCost) {
      try (SpanSink sink = SpanSink.start()) {
        TellingCost cost =
            TellingCost.measure(
                repetitions,
                telling -> run(workload, telling.settings(), telling.environment(sink.endpoint())));
        return options.report(cost.map(), cost.lines(), cost.correct());
      }
    }
    FanoutResult result = run(workload, List.of());
    return options.report(result.map(), lines(result), result.correct());
  }

  private FanoutResult run(FanoutWorkload workload, List<String> settings) throws Exception {
    return run(workload, settings, Map.of());
  }

  private FanoutResult run(
      FanoutWorkload workload, List<String> settings, Map<String, String> environment)
      throws Exception {
    return options.measure(
        settings,
        environment,
        (server, progress) -> {
          try (Fanout fanout = new Fanout(workload, server, progress)) {
            return fanout.run();
          }
        });
  }

  private FanoutWorkload workload() {
    if (swarms < 1
        || agents < 1
        || seconds < 1
        || warmupSeconds < 0
        || window < 1
        || repetitions < 1
        || ratePerSecond < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --swarms, --agents, --seconds, --window and --repetitions to be 1 or more, but one of them is not.");
    }
    if (checkInterval != null && options.ties(CHECK_INTERVAL)) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --check-cost without --data-directory and --setting %s, as its runs differ in these."
              .formatted(CHECK_INTERVAL));
    }
    if (tellingCost && (checkInterval != null || options.ties("prometheus"))) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --telling-cost without --check-cost, --data-directory and --setting prometheus, as its runs differ in these.");
    }
    if (bytes < Stamp.BYTES) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --bytes to be %d or more, for a number and a time, but got %d."
              .formatted(Stamp.BYTES, bytes));
    }
    return new FanoutWorkload(
        swarms,
        agents,
        bytes,
        Duration.ofSeconds(warmupSeconds),
        Duration.ofSeconds(seconds),
        keyed,
        ratePerSecond,
        window);
  }

  private static List<String> lines(FanoutResult result) {
    FanoutWorkload workload = result.workload();
    Map<String, Object> map = result.map();
    return List.of(
        "%d swarms x %d agents, %d bytes, fsync before acknowledgement, %.0f s"
            .formatted(
                workload.swarms(), workload.agents(), workload.payloadBytes(), result.seconds()),
        "  published    %,12d /s".formatted(result.publishPerSec()),
        "  delivered    %,12d /s".formatted(result.deliveriesPerSec()),
        "  lag          %s ms".formatted(map.get("lagMs")),
        "  ack          %s ms".formatted(map.get("ackMs")),
        "  coordinator  %.1f s of processor time, %,d MiB resident"
            .formatted(result.serverCpuSec(), result.serverRssMiB()),
        result.correct()
            ? "  checked      every agent got everything, once and in order; no drift was found"
            : "  FAILED       " + result.failures());
  }
}
