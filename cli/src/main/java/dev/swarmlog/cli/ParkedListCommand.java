package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.ListParkedRequest;
import dev.swarmlog.v1.ListParkedResponse;
import dev.swarmlog.v1.ParkedOperation;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists what agents could not apply, all pages of it. */
@Command(
    name = "list",
    description = "List what is parked, by agent, log and operation.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog parked list fleet                 of every agent",
      "  swarmlog parked list fleet --agent a7      of a7",
      "  swarmlog parked list fleet --retries       also what is to be tried again",
    })
final class ParkedListCommand implements Callable<Integer> {

  private static final int PAGE_SIZE = 1_000;

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Parameters(paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Option(
      names = "--agent",
      paramLabel = "AGENT",
      converter = NameText.class,
      description = "Only what this agent could not apply.")
  private String agent = "";

  @Option(
      names = "--retries",
      description =
          "Also what is not parked, but waits to be tried again, or was given again and is not acknowledged yet.")
  private boolean withRetries;

  @Override
  public Integer call() throws Exception {
    connectionOptions.use(connection -> show(listed(connectionOptions.client(connection))));
    return ExitCode.OK.number();
  }

  /**
   * All pages as one. The counts of a swarm are those of the last page, those of an agent what its
   * rows come to; then also retries are asked for, and left out again if they are not wanted.
   */
  private ListParkedResponse listed(SwarmClient client) {
    ListParkedResponse.Builder all = ListParkedResponse.newBuilder();
    do {
      ListParkedRequest request =
          ListParkedRequest.newBuilder()
              .setSwarm(swarm)
              .setAgent(agent)
              .setIncludeRetries(withRetries || !agent.isEmpty())
              .setPageSize(PAGE_SIZE)
              .setPageToken(all.getNextPageToken())
              .build();
      ListParkedResponse page = client.listParked(request);
      all.addAllOperations(page.getOperationsList())
          .setNextPageToken(page.getNextPageToken())
          .setParkedCount(page.getParkedCount())
          .setRetryCount(page.getRetryCount())
          .setBytes(page.getBytes());
    } while (!all.getNextPageToken().isEmpty());
    if (!agent.isEmpty()) {
      ParkedText.count(all);
    }
    if (!withRetries) {
      List<ParkedOperation> parked =
          all.getOperationsList().stream().filter(ParkedText::isParked).toList();
      all.clearOperations().addAllOperations(parked);
    }
    return all.build();
  }

  private void show(ListParkedResponse listed) {
    Output output = outputOptions.output();
    if (outputOptions.json()) {
      output.json(ParkedText.map(listed));
      return;
    }
    if (listed.getOperationsCount() == 0) {
      output.remark(
          "Nothing is parked"
              + (withRetries ? " or to be tried again" : "")
              + (agent.isEmpty() ? "" : " for " + of(agent))
              + inSwarm());
    } else {
      ParkedText.print(
          listed, agent.isEmpty() ? "In the swarm" : "Of " + of(agent), Instant.now(), output);
    }
    if (!withRetries && listed.getRetryCount() > 0) {
      output.remark(
          "%,d to be tried again, or given again and not acknowledged yet; --retries lists them."
              .formatted(listed.getRetryCount()));
    }
  }

  private String inSwarm() {
    return " in swarm " + of(swarm) + ".";
  }

  private static String of(String name) {
    return Output.printable(name);
  }
}
