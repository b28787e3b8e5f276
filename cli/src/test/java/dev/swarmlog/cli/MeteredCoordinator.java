package dev.swarmlog.cli;

import com.sun.net.httpserver.HttpServer;
import dev.swarmlog.otel.export.Export;
import dev.swarmlog.otel.export.ExportOptions;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.server.Surroundings;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.v1.Topic;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/** A coordinator in this process that a Prometheus may ask. */
final class MeteredCoordinator implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Export export;
  private final SwarmlogServer server;
  private final HttpServer page;

  /** What agents that are connected now are counted in. */
  private Scrape whileConnected = Scrape.of("");

  private MeteredCoordinator(Export export, SwarmlogServer server, HttpServer page) {
    this.export = export;
    this.server = server;
    this.page = page;
  }

  static MeteredCoordinator start(Path data) throws Exception {
    Export export =
        Export.open(
            new ExportOptions(Map.of(), "test", true, Optional.of(data.resolve("traces.jsonl"))));
    SwarmlogServer server =
        SwarmlogServer.start(
            ServerConfiguration.load(
                Optional.empty(),
                Map.of(),
                Map.of(
                    "port",
                    "0",
                    "data-directory",
                    data.resolve("store").toString(),
                    "drift-check-interval",
                    Misfortunes.DRIFT_CHECK_INTERVAL.toMillis() + "ms")),
            Surroundings.real()
                .withLimit("maxGroupRecords", Misfortunes.WINDOW_OPERATIONS)
                .withLimit("maxUnacknowledgedOperations", Misfortunes.WINDOW_OPERATIONS)
                .withOpenTelemetry(export.openTelemetry()));
    HttpServer page =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    page.createContext("/metrics", export.prometheus().orElseThrow());
    page.start();
    return new MeteredCoordinator(export, server, page);
  }

  String target() {
    return "localhost:" + server.port();
  }

  /** A little of everything that commands and agents do in a good day, and in a bad one. */
  void load() throws Exception {
    run("publish", "fleet", "one", "--key", "k");
    run("publish", "fleet", "beat", "--topic", "telemetry");
    run("limits", "fleet", "--agent-rate", "1000/s");
    try (RefusingAgent refusing = new RefusingAgent(target(), "fleet", "a7");
        SwarmAgent agent =
            SwarmAgent.builder(target(), "fleet", "a1")
                .on(Topic.TOPIC_COMMANDS, operation -> {})
                .on(Topic.TOPIC_TELEMETRY, operation -> {})
                .start()) {
      for (int i = 0; i < 20; i++) {
        run("publish", "fleet", "go " + i);
      }
      run("publish", "fleet", "beat", "--topic", "telemetry");
      refusing.awaitOperation(2);
      refusing.park(1);
      refusing.retry(2);
      refusing.beat(0);
      agent.awaitCaughtUp(PATIENCE);
      whileConnected = scrape();
    }
    suffer();
    run("sync", "fleet");
    run("tail", "fleet", "--no-follow");
    run("compact", "fleet", "--up-to", "5");
    // So that there are figures of a collection.
    System.gc();
  }

  private void suffer() throws Exception {
    try (Misfortunes misfortunes = new Misfortunes(this)) {
      misfortunes.redeliver();
      misfortunes.publishTwice();
      misfortunes.overfillBucket();
      misfortunes.emptyBucket();
      misfortunes.stall();
      misfortunes.openBreaker();
      misfortunes.disorder();
      misfortunes.mistakeClocks();
      misfortunes.drift();
    }
  }

  /** Waits until a sample is there, and gives back what was told now or while agents were there. */
  Scrape scrapeWith(String sample) throws Exception {
    awaitSample(sample);
    return scrape().and(whileConnected);
  }

  /** Waits until a sample of that name is there. */
  void awaitSample(String name) {
    Awaitility.await().atMost(PATIENCE).until(() -> scrape().labels().containsKey(name));
  }

  Scrape scrape() throws Exception {
    return Scrape.of(
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + page.getAddress().getPort() + "/metrics"))
                    .header("Accept", "application/openmetrics-text; version=1.0.0")
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body());
  }

  private void run(String... command) {
    runAt(target(), command);
  }

  /** Runs a command that has to work. */
  static void runAt(String target, String... command) {
    String[] args = Arrays.copyOf(command, command.length + 2);
    args[command.length] = "--server";
    args[command.length + 1] = target;
    CommandRun run = CommandRun.of(args);
    if (run.exitCode() != 0) {
      throw new AssertionError("Expected " + String.join(" ", command) + " to work: " + run.err());
    }
  }

  @Override
  public void close() {
    page.stop(0);
    server.close();
    export.close();
  }
}
