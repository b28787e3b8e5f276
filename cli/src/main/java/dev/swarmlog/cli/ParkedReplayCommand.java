package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.ListParkedRequest;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ReplayParkedRequest;
import dev.swarmlog.v1.ReplayParkedResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Has an agent try again what is parked for it, one bounded call after the other. */
@Command(
    name = "replay",
    description = {
      "Have an agent try again what is parked for it: each operation is appended again, for this agent alone.",
      "What a later operation on its key has superseded, or what has expired, is forgotten instead.",
      "Interrupted, it has come as far as it has; run it again to go on.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog parked replay fleet a7 12        operation 12 of main",
      "  swarmlog parked replay fleet a7 --all     all that is parked for a7",
    })
final class ParkedReplayCommand implements Callable<Integer> {

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;
  @Mixin private ParkedSelection selection;

  @Parameters(index = "0", paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Parameters(index = "1", paramLabel = "AGENT", converter = NameText.class)
  private String agent;

  @Parameters(
      index = "2",
      paramLabel = "OP",
      arity = "0..1",
      converter = ParkedOperationText.class,
      description = "As it was first delivered, 1234 or a position.")
  private @Nullable Position operation;

  private long replayed;
  private long superseded;

  @Override
  public Integer call() throws Exception {
    List<Log> logs = selection.logs(operation);
    Output output = outputOptions.output();
    connectionOptions.use(
        connection -> {
          SwarmClient client = connectionOptions.client(connection);
          long most = operation == null ? parkedNow(client) : 1;
          try {
            for (Log log : logs) {
              replay(client, log, most, output);
            }
          } finally {
            output.clearProgress();
          }
          print(output);
        });
    return ExitCode.OK.number();
  }

  /**
   * Goes on until all is done, or as much as was parked in the beginning: an agent may park again
   * what it is given faster than it is replayed.
   */
  private void replay(SwarmClient client, Log log, long most, Output output) {
    ReplayParkedRequest request =
        ReplayParkedRequest.newBuilder()
            .setSwarm(swarm)
            .setAgent(agent)
            .setLog(log)
            .setOpId(ParkedSelection.opId(operation))
            .build();
    ReplayParkedResponse answer;
    do {
      answer = client.replayParked(request);
      replayed += answer.getReplayedCount();
      superseded += answer.getSupersededCount();
      output.progress(
          "replaying for %s in %s: %,d"
              .formatted(Output.printable(agent), Output.printable(swarm), replayed));
    } while (!answer.getComplete() && replayed + superseded < most);
  }

  /** Of the whole swarm: a bound for what is parked for the agent. */
  private long parkedNow(SwarmClient client) {
    ListParkedRequest request =
        ListParkedRequest.newBuilder().setSwarm(swarm).setAgent(agent).setPageSize(1).build();
    return client.listParked(request).getParkedCount();
  }

  private void print(Output output) {
    if (outputOptions.json()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("swarm", swarm);
      map.put("agent", agent);
      map.put("replayed", replayed);
      map.put("superseded", superseded);
      output.json(map);
      return;
    }
    String of = "%s in swarm %s".formatted(Output.printable(agent), Output.printable(swarm));
    if (replayed + superseded == 0) {
      output.line("Nothing was parked for %s.".formatted(of));
      return;
    }
    output.line("Replayed %s for %s.".formatted(ParkedText.operations(replayed), of));
    if (superseded > 0) {
      output.line(
          "%s superseded or expired meanwhile, and forgotten."
              .formatted(
                  superseded == 1
                      ? "1 operation was"
                      : "%,d operations were".formatted(superseded)));
    }
  }
}
