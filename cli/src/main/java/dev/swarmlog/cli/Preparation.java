package dev.swarmlog.cli;

import dev.swarmlog.otel.export.Export;
import dev.swarmlog.otel.export.ExportOptions;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.storage.rocksdb.NativeLibrary;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Prepares a faster start, once per installation: {@code bin/swarmlog} runs it under a Java runtime
 * that writes the classes it loads into an archive at its end. It unpacks the native library of
 * RocksDB, which would otherwise be unpacked at every start, and goes through what the commands
 * use.
 */
public final class Preparation {

  private static final List<String> COMMANDS =
      List.of(
          "swarms create prepare",
          "publish prepare hello",
          "publish prepare hello --key k --json",
          "tail prepare --no-follow",
          "tail prepare --no-follow --json",
          "sync prepare",
          "sync prepare --json",
          "swarms",
          "swarms show prepare --json",
          "agents prepare",
          "status --json");

  private Preparation() {}

  /**
   * @param args the folder to unpack into
   */
  public static void main(String[] args) throws Exception {
    NativeLibrary.unpackInto(Path.of(args[0]));
    run("--help");
    run("serve --help");
    run("version");
    Path data = Files.createTempDirectory("swarmlog-prepare-");
    try {
      goThroughCommands(data);
    } finally {
      deleteAll(data);
    }
  }

  private static void goThroughCommands(Path data) throws Exception {
    ServerConfiguration configuration =
        ServerConfiguration.load(
            Optional.empty(),
            Map.of(),
            Map.of("port", "0", "data-directory", data.resolve("data").toString()));
    ExportOptions options = new ExportOptions(Map.of(), Version.text(), true, Optional.empty());
    try (Export export = Export.open(options);
        SwarmlogServer server = SwarmlogServer.start(configuration, export.openTelemetry())) {
      String target = "localhost:" + server.port();
      for (String command : COMMANDS) {
        run(command + " --server " + target);
      }
      try (SwarmAgent agent =
          SwarmAgent.builder(target, "prepare", "agent")
              .on(Topic.TOPIC_COMMANDS, operation -> {})
              .start()) {
        agent.awaitCaughtUp(Duration.ofSeconds(10));
      }
    }
  }

  private static void run(String command) {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    int unused = Main.run(nowhere, nowhere, command.split(" "));
  }

  private static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
