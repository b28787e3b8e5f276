package dev.swarmlog.bench;

import dev.swarmlog.bench.storm.ContenderKind;
import dev.swarmlog.bench.storm.RetryStorm;
import dev.swarmlog.bench.storm.StormListener;
import dev.swarmlog.bench.storm.StormReport;
import dev.swarmlog.bench.storm.StormResult;
import dev.swarmlog.bench.storm.StormSample;
import dev.swarmlog.bench.storm.StormWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures a retry storm, with an orchestrator and with Swarmlog. */
@Command(
    name = "retry-storm",
    description = {
      "Measure what one agent that retries in a tight loop does to everybody else: with a synchronous orchestrator that"
          + " tries again at once, with the same behind backoff and circuit breakers, and with Swarmlog. Each runs in a"
          + " process of its own, one after the other, with the same commands, failures and misbehaving agent;"
          + " publishers and agents run in this process.",
      "",
      "Each run is quiet first, then comes the storm, then it is quiet again, --seconds each. In the storm one agent fails"
          + " all it is given and asks for it again 100 times as often as a publisher publishes; through the first half"
          + " of it every agent fails one attempt in five. A command counts once, when its agent first succeeded;"
          + " latency counts from when it was due. The misbehaving agent waits for no answer before it asks again. With"
          + " Swarmlog a publisher may publish 4 times as often as one of these does, by the swarm's rate limits. Processor time is that of the orchestrator's or coordinator's process.",
      "",
      "Ends with 1 if Swarmlog lost a command. Missed targets are figures, not failures.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog bench retry-storm",
      "  swarmlog bench retry-storm --rate 20 --warmup 30 --json",
      "  swarmlog bench retry-storm --misbehaviour reconnect",
    })
final class RetryStormCommand implements Callable<Integer> {

  private static final int MAX_COMMANDS = 50_000_000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--swarms",
      paramLabel = "N",
      defaultValue = "10",
      description = "Each with a publisher. Default: ${DEFAULT-VALUE}.")
  private int swarms;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "20",
      description = "Per swarm. Default: ${DEFAULT-VALUE}.")
  private int agents;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "50",
      description =
          "Commands per second and swarm; the misbehaving agent asks 100 times as often. Default: ${DEFAULT-VALUE}.")
  private int ratePerSecond;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "8",
      description = "How long each of the three phases is, 2 or more. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--warmup",
      paramLabel = "SECONDS",
      defaultValue = "8",
      description =
          "How long to run before that; from 3 on there is a storm in it. Default: ${DEFAULT-VALUE}.")
  private int warmupSeconds;

  @Option(
      names = "--misbehaviour",
      paramLabel = "WHAT",
      split = ",",
      defaultValue = "reconnect,publish",
      description =
          "What the misbehaving agent of Swarmlog does, in turns: reconnect (a session at its old position), publish (that it"
              + " wants its work again). Default: ${DEFAULT-VALUE}.")
  private List<String> misbehaviours;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Chooses agents and failures. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    StormWorkload workload = workload();
    RetryStorm storm =
        new RetryStorm(
            workload,
            options.dataDirectory(),
            options.serverJavaOptions(),
            options.settings(),
            ProcessBuilder.Redirect.INHERIT);
    StormListener listener = new Progress(options.output());
    List<StormResult> results = new ArrayList<>();
    for (ContenderKind contender : ContenderKind.values()) {
      results.add(storm.run(contender, listener));
    }
    options.output().endProgress();
    StormReport report = new StormReport(workload, results);
    return options.report(report.map(), report.lines(), report.correct());
  }

  private StormWorkload workload() {
    if (swarms < 1 || agents < 1 || ratePerSecond < 1 || seconds < 2 || warmupSeconds < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --swarms, --agents and --rate to be 1 or more, --seconds 2 or more, and --warmup 0 or more, but one of"
              + " them is not.");
    }
    if ((double) swarms * ratePerSecond * (warmupSeconds + 3.0 * seconds) > MAX_COMMANDS) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --swarms, --rate and --seconds to make at most %,d commands, but they make more."
              .formatted(MAX_COMMANDS));
    }
    return new StormWorkload(
        swarms,
        agents,
        ratePerSecond,
        warmupSeconds,
        seconds,
        seed,
        misbehaviours.stream().map(this::misbehaviour).toList());
  }

  private StormWorkload.Misbehaviour misbehaviour(String name) {
    return switch (name) {
      case "reconnect" -> StormWorkload.Misbehaviour.RECONNECT;
      case "publish" -> StormWorkload.Misbehaviour.PUBLISH;
      default ->
          throw new ParameterException(
              spec.commandLine(),
              "Expected --misbehaviour to be reconnect, publish, or both with a comma between them, but got '%s'."
                  .formatted(name));
    };
  }

  /** A line for each second. */
  private record Progress(BenchOutput output) implements StormListener {
    @Override
    public void progress(ContenderKind contender, String text) {
      output.progress("%s: %s".formatted(contender.key(), text));
    }

    @Override
    public void sample(StormSample sample) {
      output.progress(
          "%s, second %d%s%s: %.2f cores, %,.0f commands/s, p99 %.1f ms, %,.0f requests/s of the misbehaving agent"
              .formatted(
                  sample.contender().key(),
                  sample.second(),
                  sample.storming() ? ", storm" : "",
                  sample.failing() ? ", handlers fail" : "",
                  sample.cpuCores(),
                  sample.goodputPerSec(),
                  sample.p99Ms(),
                  sample.stormRequestsPerSec()));
    }
  }
}
