package dev.swarmlog.cli;

import dev.swarmlog.bench.BenchCommand;
import dev.swarmlog.demo.DemoCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The root of the commands. By itself it shows what there is. */
@Command(
    name = "swarmlog",
    description = "Keeps a swarm of agents in step over an ordered, durable log.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = VersionCommand.class,
    subcommands = {
      DemoCommand.class,
      ServeCommand.class,
      PublishCommand.class,
      TailCommand.class,
      SyncCommand.class,
      DiffCommand.class,
      TraceCommand.class,
      ReplayCommand.class,
      SwarmsCommand.class,
      CompactCommand.class,
      LimitsCommand.class,
      AgentsCommand.class,
      DriftCommand.class,
      ParkedCommand.class,
      TopCommand.class,
      StatusCommand.class,
      LogLevelCommand.class,
      VerifyCommand.class,
      RepairCommand.class,
      SdkCommand.class,
      BenchCommand.class,
      ConformanceCommand.class,
      VersionCommand.class,
    },
    footerHeading = "%nTo begin:%n",
    footer = {
      "  swarmlog demo                              see a swarm survive two kills",
      "  swarmlog serve                             start a coordinator on this machine",
      "  swarmlog publish fleet 'inspect rack 7'    tell the agents of swarm fleet",
      "  swarmlog tail fleet                        watch its log grow",
      "",
      "Each command explains itself: swarmlog COMMAND --help",
    })
final class SwarmlogCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean version;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
