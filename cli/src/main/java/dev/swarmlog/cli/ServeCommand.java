package dev.swarmlog.cli;

import ch.qos.logback.classic.Level;
import dev.swarmlog.console.Console;
import dev.swarmlog.otel.export.Export;
import dev.swarmlog.otel.export.ExportOptions;
import dev.swarmlog.server.StartupException;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.v1.ConfigurationValue;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a coordinator until it is told to stop. */
@Command(
    name = "serve",
    description = {
      "Run a coordinator with its embedded store, until SIGTERM or Ctrl-C: then it lets agents finish, makes everything"
          + " durable and ends with 0.",
      "",
      "Each setting comes from its default, the file of --config, the environment (--data-directory is"
          + " SWARMLOG_DATA_DIRECTORY) or the command line; the last of these wins.",
    },
    modelTransformer = SettingOptions.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog serve             on this machine only, data in ./swarmlog-data",
      "  swarmlog serve --port 7500 --data-directory /srv/swarmlog",
      "  swarmlog serve --address 0.0.0.0 --config tls.conf",
    })
final class ServeCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  /** Read by the launcher and by the other commands: no settings of a coordinator. */
  private static final List<String> OTHERS_ENVIRONMENT =
      List.of("SWARMLOG_SERVER", "SWARMLOG_PREPARED", "SWARMLOG_BUILD", "SWARMLOG_CHECKOUT");

  @Spec private CommandSpec spec;
  @Mixin private OutputOptions outputOptions;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "${env:SWARMLOG_CONFIG:-" + Option.NULL_VALUE + "}",
      description = "Settings in HOCON or JSON (default: $SWARMLOG_CONFIG, else none).")
  private @Nullable Path configurationFile;

  @Override
  public Integer call() throws Exception {
    Map<String, String> environment = new HashMap<>(System.getenv());
    OTHERS_ENVIRONMENT.forEach(environment::remove);
    ServerConfiguration configuration =
        ServerConfiguration.load(
            Optional.ofNullable(configurationFile),
            environment,
            SettingOptions.given(spec.commandLine().getParseResult()));
    Level level =
        outputOptions.debug() ? Level.DEBUG : Level.toLevel(configuration.logLevel().name());
    Logging.start(level, outputOptions.json());

    Output output = outputOptions.output();
    Export export = Export.open(exportOptions(configuration));
    if (export.logs()) {
      Logging.exportTo(export.openTelemetry());
    }
    export.destinations().forEach(line -> LOG.info("Exporting {}", line));
    SwarmlogServer server = start(configuration, export);
    Optional<Console> console = showConsole(configuration, server, export);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> stop(server, console, export, configuration, output), "shutdown"));
    try {
      ready(server, console, configuration, output);
    } catch (CommandFailure e) {
      // Whoever started it may have gone; those it serves have not.
      LOG.warn(
          "Expected to say on standard output that the coordinator is ready; it serves all the same. {}",
          e.getMessage());
    }
    server.awaitTermination();
    return ExitCode.OK.number();
  }

  private static ExportOptions exportOptions(ServerConfiguration configuration) {
    return new ExportOptions(
        System.getenv(),
        Version.text(),
        configuration.export().prometheus(),
        configuration.export().traceFile());
  }

  private static SwarmlogServer start(ServerConfiguration configuration, Export export)
      throws StartupException {
    try {
      return SwarmlogServer.start(configuration, export.openTelemetry(), Logging.levels());
    } catch (StartupException | RuntimeException e) {
      export.close();
      throw e;
    }
  }

  /** The console, if it is wanted; the coordinator is closed again where it cannot be as asked. */
  private static Optional<Console> showConsole(
      ServerConfiguration configuration, SwarmlogServer server, Export export) throws IOException {
    try {
      Optional<Console> console =
          Consoles.show(configuration.console(), server.localObserver().channel());
      console.ifPresent(
          shown -> export.prometheus().ifPresent(metrics -> shown.mount("/metrics", metrics)));
      return console;
    } catch (IOException | RuntimeException e) {
      server.close();
      export.close();
      throw e;
    }
  }

  private void ready(
      SwarmlogServer server,
      Optional<Console> console,
      ServerConfiguration configuration,
      Output output) {
    String data =
        configuration.inMemory()
            ? "in memory, gone at the end"
            : configuration.dataDirectory().toAbsolutePath().normalize().toString();
    String address = hostText(configuration.address()) + ":" + server.port();
    if (outputOptions.json()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("ready", true);
      map.put("version", Version.text());
      map.put("address", address);
      map.put("port", server.port());
      map.put("console", console.map(Console::address).orElse(""));
      map.put("dataDirectory", configuration.inMemory() ? "" : data);
      map.put("processId", ProcessHandle.current().pid());
      map.put("configuration", configuration.values().stream().map(ServeCommand::map).toList());
      output.json(map);
      return;
    }
    String security =
        configuration.tls().isPresent()
            ? configuration.tls().get().clientCa().isPresent() ? "mutual TLS" : "TLS"
            : configuration.onLoopback() ? "this machine only" : "plain text, everybody";
    output.line(output.styled(Style.bold, "swarmlog " + Version.text()));
    output.line("  data       " + data);
    output.line("  listening  " + address + "  (" + security + ")");
    console.ifPresent(shown -> output.line("  console    " + shown.address()));
    String reachedAt = reachedAt(configuration, server.port());
    output.line(
        "  next       " + CommandHint.at(reachedAt, "swarmlog publish fleet 'inspect rack 7'"));
    output.line("             " + CommandHint.at(reachedAt, "swarmlog tail fleet"));
    output.line(output.styled(Style.fg_green, "Ready.") + " Ctrl-C stops it.");
  }

  /** What other commands on this machine give to {@code --server}, and what else they need. */
  private static String reachedAt(ServerConfiguration configuration, int port) {
    InetAddress address = configuration.address();
    boolean usual = address.isAnyLocalAddress() || address.equals(InetAddress.getLoopbackAddress());
    String host = usual ? "localhost" : hostText(address);
    return host + ":" + port + (configuration.tls().isPresent() ? " --tls-ca FILE" : "");
  }

  private static String hostText(InetAddress address) {
    String host = address.getHostAddress();
    return address instanceof Inet6Address ? "[" + host + "]" : host;
  }

  /**
   * In the shutdown hook. A stop that was asked for is no failure, so the process ends with 0 and
   * not with 143.
   */
  private void stop(
      SwarmlogServer server,
      Optional<Console> console,
      Export export,
      ServerConfiguration configuration,
      Output output) {
    say(
        "stopping, for at most " + DurationText.print(configuration.drainTimeout()) + " ...",
        output);
    server.close();
    console.ifPresent(Console::close);
    export.close();
    say("stopped, everything acknowledged is stored.", output);
    Runtime.getRuntime().halt(ExitCode.OK.number());
  }

  /** To standard error, in the form of the log that goes there, too. */
  private void say(String message, Output output) {
    if (outputOptions.json()) {
      LOG.info("{}", message);
    } else {
      output.remark("swarmlog: " + message);
    }
  }

  private static Map<String, Object> map(ConfigurationValue value) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", value.getName());
    map.put("value", value.getValue());
    map.put("origin", value.getOrigin());
    return map;
  }
}
