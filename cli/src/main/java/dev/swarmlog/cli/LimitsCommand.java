package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows and changes how fast may be published to a swarm. */
@Command(
    name = "limits",
    description = {
      "Show how fast may be published to a swarm, and what of it waits or was refused; or change it.",
      "Limits that are not named stay as they are. A publisher feels a limit as a stream that is not read.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog limits fleet                                       what is in force, and what it does",
      "  swarmlog limits fleet --swarm-rate 2000/s                   all publishers together",
      "  swarmlog limits fleet --agent-rate 100/s --agent-burst 300  each agent, in each topic",
      "  swarmlog limits fleet --topic telemetry --agent-rate 20/s   each agent, in telemetry",
      "  swarmlog limits fleet --agent-bytes none                    lift one",
      "  swarmlog limits fleet --topic telemetry --clear             as in the other topics again",
      "  swarmlog limits fleet --clear                               lift all",
    })
final class LimitsCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Parameters(paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      converter = TopicText.class,
      completionCandidates = TopicText.class,
      description =
          "The topic that --agent-… are for (default: every topic without limits of its own, but control).")
  private @Nullable Topic topic;

  @ArgGroup(exclusive = false, heading = "%nEach agent:%n")
  private Agent agent = new Agent();

  @ArgGroup(exclusive = false, heading = "%nAll publishers together:%n")
  private Together together = new Together();

  @Option(
      names = "--clear",
      description = "Lift all limits first, or with --topic those of that topic.")
  private boolean clear;

  /** Of each agent. */
  static final class Agent {

    @Option(
        names = "--agent-rate",
        paramLabel = "RATE",
        converter = RateText.Operations.class,
        description = "Operations, such as 100/s; none to lift it.")
    private @Nullable RateText rate;

    @Option(
        names = "--agent-burst",
        paramLabel = "COUNT",
        converter = RateText.OperationCount.class,
        description = "How many may come at once (default: one second's worth).")
    private @Nullable RateText burst;

    @Option(
        names = "--agent-bytes",
        paramLabel = "RATE",
        converter = RateText.Bytes.class,
        description = "Bytes, such as 1MiB/s; none to lift it.")
    private @Nullable RateText bytes;

    @Option(
        names = "--agent-bytes-burst",
        paramLabel = "SIZE",
        converter = RateText.ByteCount.class,
        description = "How many bytes may come at once (default: one second's worth).")
    private @Nullable RateText bytesBurst;

    RateLimitChange change() {
      return new RateLimitChange(rate, burst, bytes, bytesBurst);
    }
  }

  /** Of the swarm. */
  static final class Together {

    @Option(
        names = "--swarm-rate",
        paramLabel = "RATE",
        converter = RateText.Operations.class,
        description = "Operations, such as 2000/s; none to lift it.")
    private @Nullable RateText rate;

    @Option(
        names = "--swarm-burst",
        paramLabel = "COUNT",
        converter = RateText.OperationCount.class,
        description = "How many may come at once (default: one second's worth).")
    private @Nullable RateText burst;

    @Option(
        names = "--swarm-bytes",
        paramLabel = "RATE",
        converter = RateText.Bytes.class,
        description = "Bytes, such as 10MiB/s; none to lift it.")
    private @Nullable RateText bytes;

    @Option(
        names = "--swarm-bytes-burst",
        paramLabel = "SIZE",
        converter = RateText.ByteCount.class,
        description = "How many bytes may come at once (default: one second's worth).")
    private @Nullable RateText bytesBurst;

    RateLimitChange change() {
      return new RateLimitChange(rate, burst, bytes, bytesBurst);
    }
  }

  @Override
  public Integer call() throws Exception {
    boolean changes = clear || !agent.change().isEmpty() || !together.change().isEmpty();
    if (topic != null && !clear && agent.change().isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --agent-… or --clear beside --topic, but there is neither.");
    }
    connectionOptions.use(
        connection -> {
          SwarmClient client = connectionOptions.client(connection);
          GetSwarmResponse found = client.getSwarm(swarm);
          RateLimits limits = found.getSwarm().getRateLimits();
          RateLimitFigures figures = found.getRateLimitFigures();
          if (changes) {
            limits = client.setRateLimits(swarm, changed(limits));
            // What waited for the limits before may have passed by now.
            figures = client.getSwarm(swarm).getRateLimitFigures();
          }
          Output output = outputOptions.output();
          if (outputOptions.json()) {
            output.json(LimitsText.map(swarm, limits, figures));
          } else {
            LimitsText.print(swarm, limits, figures, output);
          }
        });
    return ExitCode.OK.number();
  }

  /** What is in force, with what the flags change. */
  private RateLimits changed(RateLimits inForce) {
    Topic named = topic == null ? Topic.TOPIC_UNSPECIFIED : topic;
    RateLimits.Builder changed = inForce.toBuilder();
    if (clear && topic == null) {
      changed.clear();
    }
    Optional<RateLimit> before =
        clear
            ? Optional.empty()
            : inForce.getAgentList().stream()
                .filter(limit -> limit.getTopic() == named)
                .map(TopicRateLimit::getLimit)
                .findFirst();
    RateLimitChange change = agent.change();
    if (clear || !change.isEmpty()) {
      var others =
          changed.getAgentList().stream().filter(limit -> limit.getTopic() != named).toList();
      changed.clearAgent().addAllAgent(others);
    }
    if (!change.isEmpty()) {
      RateLimit limit = change.of(before.orElse(RateLimit.getDefaultInstance()));
      check(limit, "--agent");
      // A topic that is named and has no limits is unlimited; for all others that says nothing.
      if (topic != null || !limit.equals(RateLimit.getDefaultInstance())) {
        changed.addAgent(TopicRateLimit.newBuilder().setTopic(named).setLimit(limit));
      }
    }
    if (!together.change().isEmpty()) {
      RateLimit limit = together.change().of(changed.getSwarm());
      check(limit, "--swarm");
      changed.setSwarm(limit);
      if (limit.equals(RateLimit.getDefaultInstance())) {
        changed.clearSwarm();
      }
    }
    var sorted =
        changed.getAgentList().stream()
            .sorted(Comparator.comparing(TopicRateLimit::getTopicValue))
            .toList();
    return changed.clearAgent().addAllAgent(sorted).build();
  }

  private void check(RateLimit limit, String flags) {
    String mistake = RateLimitChange.mistake(limit, flags);
    if (mistake != null) {
      throw new ParameterException(spec.commandLine(), mistake);
    }
  }
}
