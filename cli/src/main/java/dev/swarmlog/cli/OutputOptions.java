package dev.swarmlog.cli;

import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The flags of every command that say how it answers. */
final class OutputOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--json",
      description = "Answer in JSON: one value, or one line per value where they keep coming.")
  private boolean json;

  @Option(names = "--debug", description = "Show what is logged, and the stack trace of an error.")
  private boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean help;

  boolean json() {
    return json;
  }

  boolean debug() {
    return debug;
  }

  Output output() {
    return new Output(
        command.commandLine().getOut(),
        command.commandLine().getErr(),
        json ? Ansi.OFF : command.commandLine().getColorScheme().ansi(),
        this::columns);
  }

  /** Also without colours: a terminal wraps all the same. */
  private int columns() {
    return json || System.console() == null
        ? Output.UNLIMITED
        : command.commandLine().getUsageHelpWidth();
  }
}
