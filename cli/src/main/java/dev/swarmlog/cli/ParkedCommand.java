package dev.swarmlog.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What agents could not apply. By itself it shows what there is. */
@Command(
    name = "parked",
    description = {
      "Show the operations that agents could not apply and that were set aside (parked);"
          + " have them tried again, or throw them away.",
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ParkedListCommand.class,
      ParkedShowCommand.class,
      ParkedReplayCommand.class,
      ParkedPurgeCommand.class,
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog parked list fleet               what is parked, of every agent",
      "  swarmlog parked show fleet a7 12         one of them, with its payload",
      "  swarmlog parked replay fleet a7 12       have a7 try operation 12 again",
      "  swarmlog parked purge fleet a7 --all     throw away what is parked for a7",
    })
final class ParkedCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean help;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
