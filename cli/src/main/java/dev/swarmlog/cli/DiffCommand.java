package dev.swarmlog.cli;

import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.CompareAgentsRequest;
import dev.swarmlog.v1.CompareAgentsResponse;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import io.grpc.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Shows how state and events of a log changed between two of its operations, or what agents hold
 * that is not the log's.
 */
@Command(
    name = "diff",
    description = {
      "Show how a log changed between two operations: events that were appended, and one change for each key whose"
          + " value differs, whatever happened in between.",
      "Each line begins with + for a key that was created, ~ changed, - deleted, and ! for an event.",
      "With --json each change is a line of its own, and the summary is the last.",
      "With --agents: which keys an agent holds otherwise than the log, or two of them otherwise than each other. They"
          + " are asked, over the coordinator, for digests of what they hold; nothing is changed. same: as the log has"
          + " it; other: another value; missing: no value; extra: a value that the log does not have.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog diff fleet --from 0                     from nothing to the head",
      "  swarmlog diff fleet --from 1200 --to 1234        after 1200, up to 1234",
      "  swarmlog diff fleet --from 1200 --role scout     with what is for scouts",
      "  swarmlog diff fleet --agents a7                  what a7 holds, and the log",
      "  swarmlog diff fleet --agents a7 a8               what they hold differently",
    })
final class DiffCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;
  @Mixin private ViewOptions viewOptions;

  @Parameters(paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Option(
      names = "--from",
      paramLabel = "OP",
      converter = OperationIdText.class,
      description =
          "Compare with what there was after this operation, 1234 or a position; 0 for nothing.")
  private @Nullable Position from;

  @Option(
      names = "--to",
      paramLabel = "OP",
      converter = OperationIdText.class,
      description = "What there was after this operation (default: the head).")
  private @Nullable Position to;

  @Option(
      names = "--agents",
      paramLabel = "AGENT",
      converter = NameText.class,
      arity = "1..2",
      description = "Compare one connected agent with the log, or two with each other.")
  private List<String> agents = new ArrayList<>();

  @Option(
      names = "--log",
      paramLabel = "LOG",
      description = "With --agents: which log's state, main or control (default: main).")
  private @Nullable String logName;

  @Override
  public Integer call() throws Exception {
    if (!agents.isEmpty()) {
      compareAgents();
    } else if (from == null) {
      throw usage(
          "Expected --from with the operation to begin at, or --agents with whom to compare, but got none of them.");
    } else if (logName != null) {
      throw usage("Expected --log only with --agents. Without, --topic says which log is meant.");
    } else {
      compareOperations(from);
    }
    return ExitCode.OK.number();
  }

  private void compareAgents() throws Exception {
    if (from != null || to != null || viewOptions.isGiven()) {
      throw usage(
          "Expected --agents alone, or with --log: the whole view of an agent is compared, where it stands now.");
    }
    if (agents.size() > 2 || agents.size() != agents.stream().distinct().count()) {
      throw usage(
          "Expected --agents with one or two different names, but got %s."
              .formatted(String.join(" ", agents)));
    }
    if (logName != null && !logName.equals("main") && !logName.equals("control")) {
      throw usage("Expected --log to be main or control, but got '%s'.".formatted(logName));
    }
    connectionOptions.use(
        connection -> {
          SwarmClient client = connectionOptions.client(connection);
          // One by one, as the coordinator would ask them: so it is known who does not answer.
          CompareAgentsResponse.Builder answers = CompareAgentsResponse.newBuilder();
          agents.forEach(agent -> answers.mergeFrom(compare(agent, client)));
          AgentDiffText text = new AgentDiffText(swarm, agents, answers.build());
          Output output = outputOptions.output();
          if (outputOptions.json()) {
            output.json(text.map());
          } else {
            text.print(output);
          }
        });
  }

  private CompareAgentsResponse compare(String agent, SwarmClient client) {
    CompareAgentsRequest request =
        CompareAgentsRequest.newBuilder()
            .setSwarm(swarm)
            .addAgents(agent)
            .setLog("control".equals(logName) ? Log.LOG_CONTROL : Log.LOG_MAIN)
            .build();
    try {
      return client.compareAgents(request);
    } catch (RetryableException e) {
      throw e.code() == Status.Code.DEADLINE_EXCEEDED ? notAnswered(agent, e) : e;
    }
  }

  private CommandFailure notAnswered(String agent, RetryableException late) {
    String show = "swarmlog agents " + Output.printable(swarm);
    return new CommandFailure(
        ExitCode.UNAVAILABLE,
        "Expected agent '%s' to say what it holds, but it has not within %s."
            .formatted(agent, DurationText.print(connectionOptions.timeout())),
        null,
        "It answers when it has applied what was sent to it before: `%s` shows how far it has come. Or wait longer, with --timeout."
            .formatted(CommandHint.at(connectionOptions.server(), show)),
        late);
  }

  private void compareOperations(Position from) throws Exception {
    if (to != null && to.getOpId() == 0) {
      throw usage("Expected --to to be 1 or more, but got 0.");
    }
    if (to != null && Long.compareUnsigned(from.getOpId(), to.getOpId()) > 0) {
      throw usage(
          "Expected --from to be at most --to, but got %s and %s: a diff goes forwards."
              .formatted(
                  Long.toUnsignedString(from.getOpId()), Long.toUnsignedString(to.getOpId())));
    }
    Log log = viewOptions.log(from.getLog() == Log.LOG_CONTROL ? Log.LOG_CONTROL : Log.LOG_MAIN);
    checkLog("--from", from, log);
    if (to != null) {
      checkLog("--to", to, log);
    }
    DiffRequest request =
        DiffRequest.newBuilder()
            .setSwarm(swarm)
            .setAgent(viewOptions.agent())
            .addAllRoles(viewOptions.roles())
            .setView(viewOptions.view(log))
            .setLog(log)
            .setFromOpId(from.getOpId())
            .setToOpId(to == null ? 0 : to.getOpId())
            .build();
    DiffText text = new DiffText(outputOptions.output(), outputOptions.json(), Instant.now());
    connectionOptions.use(
        connection -> {
          try {
            text.showAll(connectionOptions.client(connection).diff(request));
          } catch (TerminalException e) {
            throw inFlags(Failures.ofCoordinator(e, connectionOptions.server()));
          }
        });
  }

  private void checkLog(String flag, Position operation, Log log) {
    if (operation.getLog() != Log.LOG_UNSPECIFIED && operation.getLog() != log) {
      throw usage(
          "Expected an operation of %s, in which the topics lie, but %s is one of %s."
              .formatted(
                  PositionText.logName(log), flag, PositionText.logName(operation.getLog())));
    }
  }

  /** Names the flag where the coordinator names the field. */
  private CommandFailure inFlags(CommandFailure refused) {
    String server = connectionOptions.server();
    String message = String.valueOf(refused.getMessage());
    if (!message.contains("at most the head")) {
      return refused;
    }
    CommandFailure named =
        new CommandFailure(
            refused.exitCode(),
            message.replace("to_op_id", "--to").replace("from_op_id", "--from"),
            refused.reason(),
            message.contains("to_op_id")
                ? "Leave --to out to compare with the head."
                : "Take an operation up to the head: `"
                    + CommandHint.at(server, "swarmlog swarms show " + Output.printable(swarm))
                    + "` prints it.",
            refused);
    named.details().putAll(refused.details());
    return named;
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
