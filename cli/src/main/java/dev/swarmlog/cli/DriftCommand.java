package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.ListDriftResponse;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows which agents held another state than the log, and what became of it. */
@Command(
    name = "drift",
    description = {
      "Show which agents of a swarm held another state than the log: where, which keys,"
          + " since when, and how it was healed. Newest first.",
      "With --release an agent that drifted too often, and is not fed any more, is fed again.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog drift fleet                   what was found",
      "  swarmlog drift fleet --release a7      feed a7 again",
      "  swarmlog diff fleet --agents a7        what a7 holds now, against the log",
    })
final class DriftCommand implements Callable<Integer> {

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Parameters(paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Option(
      names = "--release",
      paramLabel = "AGENT",
      converter = NameText.class,
      description = "Feed this agent again: find out first why it drifted.")
  private @Nullable String released;

  @Option(
      names = "--keys",
      description =
          "Show all keys of a report, up to 100, and not only the first 5. --json always has them.")
  private boolean allKeys;

  @Override
  public Integer call() throws Exception {
    connectionOptions.use(
        connection -> {
          SwarmClient client = connectionOptions.client(connection);
          if (released != null) {
            release(client, released);
          } else {
            show(client.listDrift(swarm));
          }
        });
    return ExitCode.OK.number();
  }

  private void release(SwarmClient client, String agent) {
    try {
      client.releaseAgent(swarm, agent);
    } catch (TerminalException e) {
      throw notStopped(Failures.ofCoordinator(e, connectionOptions.server()));
    }
    Output output = outputOptions.output();
    if (outputOptions.json()) {
      output.json(Map.of("released", agent));
    } else {
      output.line(
          "Released %s of swarm %s: it is fed again when it connects."
              .formatted(Output.printable(agent), Output.printable(swarm)));
    }
  }

  /** Says where to look who is stopped, where the coordinator speaks of a field. */
  private CommandFailure notStopped(CommandFailure refused) {
    if (!String.valueOf(refused.getMessage()).contains("not fed")) {
      return refused;
    }
    String list = "swarmlog drift " + Output.printable(swarm);
    return new CommandFailure(
        refused.exitCode(),
        String.valueOf(refused.getMessage()),
        refused.reason(),
        "`%s` lists the agents that are not fed."
            .formatted(CommandHint.at(connectionOptions.server(), list)),
        refused);
  }

  private void show(ListDriftResponse drift) {
    Output output = outputOptions.output();
    if (outputOptions.json()) {
      output.json(DriftText.map(drift));
    } else if (drift.getReportsCount() == 0
        && drift.getStoppedAgentsCount() == 0
        && drift.getUnwatchedAgentsCount() == 0) {
      output.remark(
          "No agent of swarm %s held another state than the log, as far as is known."
              .formatted(Output.printable(swarm)));
    } else {
      DriftText.print(drift, swarm, allKeys, output);
    }
  }
}
