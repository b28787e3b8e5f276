package dev.swarmlog.bench;

import dev.swarmlog.otel.export.Export;
import dev.swarmlog.otel.export.ExportOptions;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ServerConfiguration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The coordinator of a bench: on a free port, with a data directory, until its standard input ends.
 * It exports what {@code swarmlog serve} does by the same variables.
 */
public final class BenchServer {

  private BenchServer() {}

  /** What {@link #main} expects. */
  public static List<String> arguments(Path dataDirectory, List<String> settings) {
    List<String> arguments = new ArrayList<>();
    arguments.add(dataDirectory.toString());
    arguments.addAll(settings);
    return arguments;
  }

  /**
   * @param args the data directory, then settings: name, value, name, value
   */
  public static void main(String[] args) throws Exception {
    Map<String, String> settings = new HashMap<>(Map.of("port", "0", "data-directory", args[0]));
    for (int i = 1; i < args.length; i += 2) {
      settings.put(args[i], args[i + 1]);
    }
    ServerConfiguration configuration =
        ServerConfiguration.load(Optional.empty(), Map.of(), settings);
    ExportOptions exported =
        new ExportOptions(
            System.getenv(),
            SwarmlogServer.version(),
            configuration.export().prometheus(),
            configuration.export().traceFile());
    try (Export export = Export.open(exported);
        SwarmlogServer server = SwarmlogServer.start(configuration, export.openTelemetry())) {
      ServerProcess.serveUntilEndOfInput(server.port());
    }
  }
}
