package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PurgeParkedRequest;
import dev.swarmlog.v1.PurgeParkedResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Throws away what is parked, one bounded call after the other. Asks nothing back. */
@Command(
    name = "purge",
    description = {
      "Throw away what is parked, for good. The agents stay without these operations.",
      "Without AGENT, --all means every agent of the swarm. Nothing is asked back.",
      "Interrupted, it has come as far as it has; run it again to go on.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog parked purge fleet a7 12        operation 12 of main",
      "  swarmlog parked purge fleet a7 --all     all that is parked for a7",
      "  swarmlog parked purge fleet --all        all that is parked in the swarm",
    })
final class ParkedPurgeCommand implements Callable<Integer> {

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;
  @Mixin private ParkedSelection selection;

  @Parameters(index = "0", paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Parameters(
      index = "1",
      paramLabel = "AGENT",
      arity = "0..1",
      converter = NameText.class,
      description = "For whom it is parked; every agent if left out, which needs --all.")
  private @Nullable String agent;

  @Parameters(
      index = "2",
      paramLabel = "OP",
      arity = "0..1",
      converter = ParkedOperationText.class,
      description = "As it was first delivered, 1234 or a position.")
  private @Nullable Position operation;

  private long purged;

  @Override
  public Integer call() throws Exception {
    List<Log> logs = selection.logs(operation);
    Output output = outputOptions.output();
    connectionOptions.use(
        connection -> {
          SwarmClient client = connectionOptions.client(connection);
          try {
            for (Log log : logs) {
              purge(client, log, output);
            }
          } finally {
            output.clearProgress();
          }
          print(output);
        });
    return ExitCode.OK.number();
  }

  private void purge(SwarmClient client, Log log, Output output) {
    PurgeParkedRequest request =
        PurgeParkedRequest.newBuilder()
            .setSwarm(swarm)
            .setAgent(agent == null ? "" : agent)
            .setLog(log)
            .setOpId(ParkedSelection.opId(operation))
            .build();
    PurgeParkedResponse answer;
    do {
      answer = client.purgeParked(request);
      purged += answer.getPurgedCount();
      output.progress("purging what is parked %s: %,d".formatted(of("for every agent"), purged));
    } while (!answer.getComplete());
  }

  private void print(Output output) {
    if (outputOptions.json()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("swarm", swarm);
      if (agent != null) {
        map.put("agent", agent);
      }
      map.put("purged", purged);
      output.json(map);
    } else if (purged == 0) {
      output.line("Nothing was parked %s.".formatted(of("for any agent")));
    } else {
      output.line(
          "Purged %s that %s parked %s."
              .formatted(
                  ParkedText.operations(purged),
                  purged == 1 ? "was" : "were",
                  of("for all agents")));
    }
  }

  private String of(String everybody) {
    return "%s in swarm %s"
        .formatted(
            agent == null ? everybody : "for " + Output.printable(agent), Output.printable(swarm));
  }
}
