package dev.swarmlog.cli.crash;

import dev.swarmlog.server.Surroundings;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ServerConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A coordinator with its store on disk and every commit flushed, as anybody would run it, but with
 * limits so small that a delta takes many deliveries and a slow agent falls behind at once.
 *
 * <p>Arguments: port, data directory. Says {@code ready <port>}. Ends with its standard input.
 */
final class SmallCoordinator {
  /** What a person who tries things by hand may shorten, in milliseconds. */
  static final String HEARTBEAT_PROPERTY = "sync-crash.heartbeat-ms";

  private SmallCoordinator() {}

  public static void main(String[] args) throws Exception {
    Duration heartbeat = Duration.ofMillis(Long.getLong(HEARTBEAT_PROPERTY, 5_000));
    Surroundings surroundings =
        Surroundings.real()
            .withLimit("maxGroupRecords", 16)
            .withLimit("maxDeliveryBytes", 1_024)
            .withLimit("maxUnacknowledgedOperations", 32)
            .withLimit("maxTailBatchesPerSwarm", 8)
            .withLimit("heartbeatInterval", heartbeat)
            .withLimit("heartbeatTimeout", heartbeat.multipliedBy(4));
    ServerConfiguration configuration =
        ServerConfiguration.load(
            Optional.empty(), Map.of(), Map.of("port", args[0], "data-directory", args[1]));
    SwarmlogServer server = SwarmlogServer.start(configuration, surroundings);
    System.out.println("ready " + server.port());
    awaitEndOfInput();
    server.close();
    Runtime.getRuntime().halt(0);
  }

  /** Whoever started this process has closed our standard input, or is gone. */
  static void awaitEndOfInput() throws IOException {
    while (System.in.read() >= 0) {
      // Nobody writes to it.
    }
  }
}
