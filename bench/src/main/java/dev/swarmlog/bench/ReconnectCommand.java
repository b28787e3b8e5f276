package dev.swarmlog.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures how many agents come back to a coordinator that was killed. */
@Command(
    name = "reconnect",
    description = {
      "Kill a coordinator with all its agents connected, start it again, and watch them come back. Each agent is one of"
          + " the SDK, with a connection of its own.",
      "",
      "Ends with 1 if any agent misses an operation that is published afterwards.",
    },
    footerHeading = "%nExamples:%n",
    footer = {"  swarmlog bench reconnect", "  swarmlog bench reconnect --agents 200 --json"})
final class ReconnectCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "1000",
      description = "All of one swarm. Default: ${DEFAULT-VALUE}.")
  private int agents;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    if (agents < 1) {
      throw new ParameterException(
          spec.commandLine(), "Expected --agents to be 1 or more, but got %d.".formatted(agents));
    }
    BenchOutput output = options.output();
    ReconnectResult result;
    try (TemporaryStore store = options.store();
        Reconnect reconnect =
            new Reconnect(
                store.directory(),
                options.serverJavaOptions(),
                options.settings(),
                agents,
                output::progress)) {
      result = reconnect.run();
    }
    output.endProgress();
    return options.report(result.map(), result.lines(), result.reached() == agents);
  }
}
