package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.View;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what an agent's state was, or had to be, at an operation. */
@Command(
    name = "replay",
    description = {
      "Show the state of an agent as it was at one operation: the keys it had to hold then, exactly, the last events"
          + " before it, and the sums that it had to have. From the horizon of a log on, which a compaction moves;"
          + " of events up to there it is told how many there were.",
      "It is told from the log: what the agent should have held that had applied all of it up to there. Whether it"
          + " has is said, too. `swarmlog diff --agents` compares what an agent holds now.",
      "What is for the agent by its name is in its view, and what is for its roles: those it is connected with, or"
          + " those named.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog replay fleet a7 --at 1234                 what a7 held at operation 1234 of main",
      "  swarmlog replay fleet a7 --at 1234 --key rack/     only keys that begin with rack/",
      "  swarmlog replay fleet a7 --at 1234 --role scout    as a scout",
      "  swarmlog replay fleet a7 --at control:3            at operation 3 of control",
    })
final class ReplayCommand implements Callable<Integer> {

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;
  @Mixin private LogOption logOption;

  @Parameters(index = "0", paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Parameters(index = "1", paramLabel = "AGENT", converter = NameText.class)
  private String agent;

  @Option(
      names = "--at",
      paramLabel = "OP",
      required = true,
      converter = ParkedOperationText.class,
      description = "The operation after which the state is shown, 1234 or a position.")
  private Position at = Position.getDefaultInstance();

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      split = ",",
      converter = NameText.class,
      description = "A role of the agent (default: those it is connected with).")
  private @Nullable List<String> roles;

  @Option(names = "--key", paramLabel = "PREFIX", description = "Only keys that begin with this.")
  private String keyPrefix = "";

  @Override
  public Integer call() throws Exception {
    Log log = logOption.of(at, "--at");
    connectionOptions.use(
        connection -> {
          SwarmClient client = connectionOptions.client(connection);
          try {
            replay(client, log);
          } catch (TerminalException e) {
            throw BeyondHead.of(e, swarm, connectionOptions.server());
          }
        });
    return ExitCode.OK.number();
  }

  private void replay(SwarmClient client, Log log) {
    KnownAgent known = KnownAgent.at(client, swarm, agent, log, at.getOpId());
    List<String> asRoles = roles == null ? known.life().getRolesList() : roles;
    View view =
        roles == null && known.life().getScopesCount() > 0
            ? AgentView.of(known.life().getScopesList())
            : AgentView.of(AgentView.topics(log, known.life().getScopesList()), !asRoles.isEmpty());
    DiffRequest upToThere =
        DiffRequest.newBuilder()
            .setSwarm(swarm)
            .setAgent(agent)
            .addAllRoles(asRoles)
            .setView(view)
            .setLog(log)
            .setToOpId(at.getOpId())
            .build();
    ReplayText text =
        new ReplayText(
            new ReplayText.Subject(swarm, agent, asRoles, view, log, at.getOpId(), keyPrefix),
            known.life(),
            RefusedOperations.of(client, swarm, agent, log, at.getOpId()),
            outputOptions.output(),
            outputOptions.json());
    text.showAll(client.diff(upToThere.toBuilder().setWithoutEvents(true).build()));
    text.end(
        EventsBefore.read(
            client, upToThere, text.sums(), known.horizonOpId(), ReplayText.MAX_EVENTS));
  }
}
