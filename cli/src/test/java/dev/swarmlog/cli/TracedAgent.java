package dev.swarmlog.cli;

import dev.swarmlog.otel.export.Export;
import dev.swarmlog.otel.export.ExportOptions;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;

/**
 * An agent in a process of its own, with an OpenTelemetry of its own, that exports by the standard
 * variables. Says {@code live} when it is, and ends when its standard input does.
 */
final class TracedAgent {

  private TracedAgent() {}

  /**
   * @param args coordinator, swarm, agent
   */
  public static void main(String[] args) throws Exception {
    ExportOptions options = new ExportOptions(System.getenv(), "test", false, Optional.empty());
    try (Export export = Export.open(options);
        SwarmConnection connection = SwarmConnection.to(args[0]);
        SwarmAgent agent =
            SwarmAgent.builder(connection, args[1], args[2])
                .openTelemetry(export.openTelemetry())
                .on(Topic.TOPIC_COMMANDS, operation -> {})
                .start()) {
      agent.awaitCaughtUp(Duration.ofSeconds(30));
      System.out.println("live");
      awaitEnd(System.in);
    }
  }

  private static void awaitEnd(InputStream input) throws IOException {
    while (input.read() >= 0) {
      // Nothing is said there.
    }
  }
}
