package dev.swarmlog.reliability.faults.sync;

import dev.swarmlog.server.Surroundings;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ServerConfiguration;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A coordinator with its store on disk and every commit flushed, as anybody would run it, but with
 * limits so small that a delta takes many deliveries and a slow agent falls behind at once.
 *
 * <p>Arguments: settings, as {@code serve} takes them. Ends with its standard input.
 */
final class SmallCoordinator {
  private SmallCoordinator() {}

  public static void main(String[] args) throws Exception {
    Surroundings surroundings =
        Surroundings.real()
            .withLimit("maxGroupRecords", 16)
            .withLimit("maxDeliveryBytes", 1_024)
            .withLimit("maxUnacknowledgedOperations", 32)
            .withLimit("maxTailBatchesPerSwarm", 8);
    Map<String, String> settings = new HashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      settings.put(args[i].substring("--".length()), args[i + 1]);
    }
    ServerConfiguration configuration =
        ServerConfiguration.load(Optional.empty(), Map.of(), settings);
    SwarmlogServer server = SwarmlogServer.start(configuration, surroundings);
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
