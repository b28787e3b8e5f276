package dev.swarmlog.bench;

import dev.swarmlog.hostile.Flood;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what a client that floods with HTTP/2 frames does to those who do not. */
@Command(
    name = "floods",
    description = {
      "Measure how soon a connection is closed that floods with HTTP/2 frames, and what that does to others. Starts a"
          + " coordinator in a process of its own, with its store on disk and an fsync before every acknowledgement, and the"
          + " client that floods in another one.",
      "",
      "A publisher sends --rate operations per second, at times fixed beforehand, to all agents. For each kind"
          + " of flood it is quiet first; then the client connects, floods until its connection is closed, connects again at"
          + " once, and so on. Ratios are of the 99th percentile of the time from publish to the agent's handler, by that of"
          + " the quiet before. The heap is that of the coordinator after a collection, before and after the flood.",
      "",
      "Ends with 1 if a connection was not closed within 10 s, or if any agent missed an operation, got one twice or out of"
          + " order.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog bench floods",
      "  swarmlog bench floods --kinds rapid-reset,ping-flood --seconds 10 --json"
    })
final class FloodsCommand implements Callable<Integer> {

  private static final String ALL = "all";
  private static final int PAYLOAD_BYTES = 256;

  @Spec private CommandSpec spec;

  @Option(
      names = "--kinds",
      paramLabel = "KIND",
      split = ",",
      defaultValue = ALL,
      description =
          "What to flood with, with commas between them, such as rapid-reset,settings-flood,ping-flood; another name shows all"
              + " there are. Default: ${DEFAULT-VALUE}.")
  private List<String> kinds;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "5",
      description = "How long each flood takes, and each quiet. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "10",
      description = "That do not flood. Default: ${DEFAULT-VALUE}.")
  private int agents;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "200",
      description = "Operations per second, each for all agents. Default: ${DEFAULT-VALUE}.")
  private int ratePerSecond;

  @Option(
      names = "--warmup",
      paramLabel = "SECONDS",
      defaultValue = "15",
      description = "How long to run before. Default: ${DEFAULT-VALUE}.")
  private int warmupSeconds;

  @Option(
      names = "--pause",
      paramLabel = "MS",
      defaultValue = "0",
      description =
          "How long the client that floods waits before it connects again, in milliseconds. Default: ${DEFAULT-VALUE}.")
  private int pauseMs;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    FloodsWorkload workload = workload();
    FloodsResult result =
        options.measure(
            (server, progress) -> {
              try (Floods floods = new Floods(workload, server, progress)) {
                return floods.run();
              }
            });
    return options.report(result.map(), result.lines(), result.correct());
  }

  private FloodsWorkload workload() {
    if (seconds < 1 || agents < 1 || ratePerSecond < 1 || warmupSeconds < 0 || pauseMs < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --seconds, --agents and --rate to be 1 or more, and --warmup and --pause 0 or more, but one of them is not.");
    }
    return new FloodsWorkload(
        agents,
        PAYLOAD_BYTES,
        ratePerSecond,
        Duration.ofSeconds(warmupSeconds),
        Duration.ofSeconds(seconds),
        Duration.ofMillis(pauseMs),
        kinds.equals(List.of(ALL))
            ? List.of(Flood.values())
            : kinds.stream().map(this::kind).distinct().toList());
  }

  private Flood kind(String name) {
    return Arrays.stream(Flood.values())
        .filter(flood -> flood.key().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "Expected --kinds to be %s, or of these with commas between them: %s; but got '%s'."
                        .formatted(
                            ALL,
                            Arrays.stream(Flood.values())
                                .map(Flood::key)
                                .collect(Collectors.joining(", ")),
                            name)));
  }
}
