package dev.swarmlog.cli;

import dev.swarmlog.v1.GetParkedRequest;
import dev.swarmlog.v1.ParkedOperation;
import dev.swarmlog.v1.Position;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows one operation that an agent could not apply, with its payload. */
@Command(
    name = "show",
    description = "Show one operation that an agent could not apply, with its payload.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog parked show fleet a7 12                   operation 12 of main",
      "  swarmlog parked show fleet a7 3 --log control      operation 3 of control",
    })
final class ParkedShowCommand implements Callable<Integer> {

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;
  @Mixin private LogOption logOption;

  @Parameters(index = "0", paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Parameters(index = "1", paramLabel = "AGENT", converter = NameText.class)
  private String agent;

  @Parameters(
      index = "2",
      paramLabel = "OP",
      converter = ParkedOperationText.class,
      description = "As it was first delivered, 1234 or a position.")
  private Position operation = Position.getDefaultInstance();

  @Override
  public Integer call() throws Exception {
    GetParkedRequest request =
        GetParkedRequest.newBuilder()
            .setSwarm(swarm)
            .setAgent(agent)
            .setLog(logOption.of(operation, "OP"))
            .setOpId(operation.getOpId())
            .build();
    connectionOptions.use(
        connection -> {
          ParkedOperation found = connectionOptions.client(connection).getParked(request);
          Output output = outputOptions.output();
          if (outputOptions.json()) {
            output.json(ParkedText.map(found));
          } else {
            ParkedText.show(found, Instant.now(), output);
          }
        });
    return ExitCode.OK.number();
  }
}
