package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.CompactSwarmResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Swarm;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compacts a log of a swarm, one bounded call after the other. */
@Command(
    name = "compact",
    description = {
      "Forget the history of a log up to an operation: events, and operations on keys that later ones superseded.",
      "What every key holds stays. An agent that has not come so far loses the events below, for good.",
      "Interrupted, it has come as far as it says; run it again to go on.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog compact fleet --up-to 1200                 up to operation 1200 of main",
      "  swarmlog compact fleet --up-to 30 --log control     the same of control",
    })
final class CompactCommand implements Callable<Integer> {

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;
  @Mixin private LogOption logOption;

  @Parameters(paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Option(
      names = "--up-to",
      paramLabel = "OP",
      required = true,
      converter = OperationIdText.class,
      description = "The last operation whose history may go, 1234 or a position.")
  private Position upTo = Position.getDefaultInstance();

  @Override
  public Integer call() throws Exception {
    Log compacted = logOption.of(upTo, "--up-to");
    Output output = outputOptions.output();
    connectionOptions.use(
        connection -> {
          SwarmClient client = connectionOptions.client(connection);
          Swarm found = client.getSwarm(swarm).getSwarm();
          long before =
              compacted == Log.LOG_CONTROL
                  ? found.getControlHorizonOpId()
                  : found.getMainHorizonOpId();
          print(before, compact(client, compacted, before, output), compacted, output);
        });
    return ExitCode.OK.number();
  }

  private long compact(SwarmClient client, Log compacted, long before, Output output)
      throws Exception {
    CompactSwarmResponse at;
    try {
      do {
        at = client.compactSwarm(swarm, compacted, upTo.getOpId());
        output.progress(
            "compacting %s of %s: %,d of %,d operations"
                .formatted(
                    PositionText.logName(compacted),
                    Output.printable(swarm),
                    at.getHorizonOpId() - before,
                    upTo.getOpId() - before));
      } while (!at.getComplete());
    } catch (TerminalException e) {
      throw inFlags(e);
    } finally {
      output.clearProgress();
    }
    return at.getHorizonOpId();
  }

  private void print(long before, long horizon, Log compacted, Output output) {
    if (outputOptions.json()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("swarm", swarm);
      map.put("log", PositionText.logName(compacted));
      map.put("horizonOpId", horizon);
      map.put("compactedOperations", horizon - before);
      output.json(map);
      return;
    }
    String of = "%s of %s".formatted(PositionText.logName(compacted), Output.printable(swarm));
    if (horizon == before) {
      output.line("The horizon of %s stays at operation %d.".formatted(of, horizon));
    } else {
      output.line(
          "Compacted %,d %s: the horizon of %s is at operation %d."
              .formatted(
                  horizon - before,
                  horizon - before == 1 ? "operation" : "operations",
                  of,
                  horizon));
    }
    if (Long.compareUnsigned(horizon, upTo.getOpId()) < 0) {
      output.remark(
          "Operation %s is inside a publish group, which stays whole."
              .formatted(Long.toUnsignedString(upTo.getOpId())));
    }
  }

  /** Names the flag where the coordinator names the field. */
  private CommandFailure inFlags(TerminalException e) {
    CommandFailure refused = Failures.ofCoordinator(e, connectionOptions.server());
    if (e.reason() != ErrorReason.ERROR_REASON_INVALID_ARGUMENT) {
      return refused;
    }
    CommandFailure named =
        new CommandFailure(
            refused.exitCode(),
            String.valueOf(refused.getMessage()).replace("up_to_op_id", "--up-to"),
            refused.reason(),
            "Take an operation up to the head: `swarmlog swarms show` prints it.",
            refused);
    named.details().putAll(refused.details());
    return named;
  }
}
