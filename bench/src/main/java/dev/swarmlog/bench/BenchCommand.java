package dev.swarmlog.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The benches; by itself it shows what there is. */
@Command(
    name = "bench",
    description = "Measure a coordinator on this machine.",
    synopsisSubcommandLabel = "WORKLOAD",
    subcommands = {
      FanoutCommand.class,
      SyncCommand.class,
      DriftCommand.class,
      HorizonCommand.class,
      DiskCommand.class,
      RetryStormCommand.class,
      IsolationCommand.class,
      FloodsCommand.class,
      ReconnectCommand.class,
      RecoveryCommand.class,
      SeriesCommand.class,
      ApplyCommand.class
    })
public final class BenchCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean help;

  /** For picocli. */
  public BenchCommand() {}

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
