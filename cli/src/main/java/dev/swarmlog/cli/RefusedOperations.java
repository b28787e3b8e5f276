package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.ListParkedRequest;
import dev.swarmlog.v1.ListParkedResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ParkedOperation;
import java.util.ArrayList;
import java.util.List;

/** The operations that an agent refused and has not applied since: an ack goes on over them. */
final class RefusedOperations {

  private static final int PAGE_SIZE = 1_000;

  private RefusedOperations() {}

  /** Asks for those of a log up to an operation, in order. */
  static List<Long> of(SwarmClient client, String swarm, String agent, Log log, long upToOpId) {
    ListParkedRequest.Builder request =
        ListParkedRequest.newBuilder()
            .setSwarm(swarm)
            .setAgent(agent)
            .setIncludeRetries(true)
            .setPageSize(PAGE_SIZE);
    List<Long> refused = new ArrayList<>();
    do {
      ListParkedResponse page = client.listParked(request.build());
      page.getOperationsList().stream()
          .filter(operation -> operation.getLog() == log)
          .map(ParkedOperation::getOperation)
          .filter(operation -> Long.compareUnsigned(operation.getOpId(), upToOpId) <= 0)
          .forEach(operation -> refused.add(operation.getOpId()));
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return refused;
  }
}
