package dev.swarmlog.demo;

import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ServerConfiguration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A program with what the demo wants: itself as a command, and {@code serve} beside it. */
@Command(
    name = "swarmlog",
    subcommands = {DemoCommand.class, DemoProgram.ServeCommand.class})
final class DemoProgram {
  private DemoProgram() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new DemoProgram());
  }

  /** A coordinator, configured by flags. */
  @Command(name = "serve")
  static final class ServeCommand implements Callable<Integer> {
    @Option(names = "--port", required = true)
    private String port;

    @Option(names = "--data-directory", required = true)
    private String data;

    @Option(names = "--drain-timeout", required = true)
    private String drainTimeout;

    @Option(names = "--drift-check-interval", required = true)
    private String driftCheckInterval;

    @Override
    public Integer call() throws Exception {
      SwarmlogServer server =
          SwarmlogServer.start(
              ServerConfiguration.load(
                  Optional.empty(),
                  Map.of(),
                  Map.of(
                      "port",
                      port,
                      "data-directory",
                      data,
                      "drain-timeout",
                      drainTimeout,
                      "drift-check-interval",
                      driftCheckInterval)));
      Runtime.getRuntime().addShutdownHook(new Thread(server::close));
      server.awaitTermination();
      return 0;
    }
  }
}
