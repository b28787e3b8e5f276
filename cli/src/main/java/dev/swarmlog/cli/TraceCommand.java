package dev.swarmlog.cli;

import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.GetOperationLifeRequest;
import dev.swarmlog.v1.GetOperationLifeResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the life of one operation. */
@Command(
    name = "trace",
    description = {
      "Show the life of one operation: who published it, when it was durable, which agents were given it and applied"
          + " it, when, and which have not and why.",
      "Times behind + count from when it was appended. What is not stored is remembered for a while only: - stands"
          + " for what is not known.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog trace fleet 1234                   operation 1234 of main",
      "  swarmlog trace fleet 3 --log control        operation 3 of control",
      "  swarmlog trace fleet 1234 --agent a7        what became of it for a7",
      "  swarmlog trace fleet 1234 --json",
    })
final class TraceCommand implements Callable<Integer> {

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;
  @Mixin private LogOption logOption;

  @Parameters(index = "0", paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Parameters(
      index = "1",
      paramLabel = "OP",
      converter = ParkedOperationText.class,
      description = "The operation, 1234 or a position.")
  private Position operation = Position.getDefaultInstance();

  @Option(
      names = "--agent",
      paramLabel = "NAME",
      converter = NameText.class,
      description = "Show only this agent, connected or not.")
  private @Nullable String agent;

  @Override
  public Integer call() throws Exception {
    Log log = logOption.of(operation, "OP");
    GetOperationLifeRequest request =
        GetOperationLifeRequest.newBuilder()
            .setSwarm(swarm)
            .setLog(log)
            .setOpId(operation.getOpId())
            .setAgent(agent == null ? "" : agent)
            .build();
    connectionOptions.use(
        connection -> {
          GetOperationLifeResponse life;
          try {
            life = connectionOptions.client(connection).getOperationLife(request);
          } catch (TerminalException e) {
            throw BeyondHead.of(e, swarm, connectionOptions.server());
          }
          LifeText text = new LifeText(life, log);
          if (outputOptions.json()) {
            outputOptions.output().json(text.map());
          } else {
            text.print(outputOptions.output());
          }
        });
    return ExitCode.OK.number();
  }
}
