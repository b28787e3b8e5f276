package dev.swarmlog.bench;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Counts the time series that a coordinator tells a Prometheus of. */
@Command(
    name = "series",
    description = {
      "Count the time series that a Prometheus keeps of a coordinator, with more and more swarms, and with more and more"
          + " agents in one swarm. Each count has a coordinator in a process of its own; its agents are agents of the"
          + " SDK, connected, and each is given an operation on every topic.",
      "",
      "Ends with 1 if more agents are more series, or if any agent was not given everything.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog bench series",
      "  swarmlog bench series --swarms 1,5 --agents 1,50 --json"
    })
final class SeriesCommand implements Callable<Integer> {

  private static final int AGENTS_OF_EACH_SWARM = 2;

  @Spec private CommandSpec spec;

  @Option(
      names = "--swarms",
      paramLabel = "N",
      split = ",",
      converter = CountText.class,
      defaultValue = "10,100,1000",
      description = "Swarms, with 2 agents each. Default: ${DEFAULT-VALUE}.")
  private List<Integer> swarms = List.of();

  @Option(
      names = "--agents",
      paramLabel = "N",
      split = ",",
      converter = CountText.class,
      defaultValue = "10,1000,10000",
      description = "Agents of one swarm. Default: ${DEFAULT-VALUE}.")
  private List<Integer> agents = List.of();

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    if (options.dataDirectory() != null) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected no --data-directory, as each count has a coordinator with a store of its own.");
    }
    Map<Integer, SeriesCount> bySwarms = new LinkedHashMap<>();
    for (int count : swarms) {
      bySwarms.put(count, count(count, AGENTS_OF_EACH_SWARM));
    }
    Map<Integer, SeriesCount> byAgents = new LinkedHashMap<>();
    for (int count : agents) {
      byAgents.put(count, count(1, count));
    }
    SeriesResult result = new SeriesResult(bySwarms, byAgents);
    return options.report(result.map(), result.lines(), result.correct());
  }

  private SeriesCount count(int swarmCount, int agentsOfEach) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Map<String, String> environment =
        Map.of(
            "OTEL_METRICS_EXPORTER", "prometheus",
            "OTEL_EXPORTER_PROMETHEUS_HOST", "localhost",
            "OTEL_EXPORTER_PROMETHEUS_PORT", Integer.toString(port),
            "OTEL_TRACES_EXPORTER", "none",
            "OTEL_LOGS_EXPORTER", "none");
    return options.measure(
        List.of(),
        environment,
        (server, progress) -> {
          try (SeriesFleet fleet =
              new SeriesFleet(server.target(), swarmCount, agentsOfEach, progress)) {
            fleet.connect();
            fleet.publish();
            return fleet.count(port);
          }
        });
  }
}
