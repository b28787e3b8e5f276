package dev.swarmlog.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;

/** The {@code swarmlog} command. */
public final class Main {

  private Main() {}

  /** Runs one command and ends the process with its {@link ExitCode}. */
  public static void main(String[] args) {
    PrintWriter err =
        new PrintWriter(
            new OutputStreamWriter(
                new FileOutputStream(FileDescriptor.err), StandardCharsets.UTF_8));
    int code = run(ResultWriter.ofStandardOutput(), err, args);
    System.exit(code);
  }

  /**
   * Runs one command and returns its exit code. Leaves the process as it is, except for how much is
   * logged.
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine commandLine = commandLine(out, err);
    int code = commandLine.execute(args);
    Optional<CommandFailure> unsaid = ResultWriter.flush(out);
    if (code == ExitCode.OK.number() && unsaid.isPresent()) {
      code =
          new FailureReport()
              .handleExecutionException(unsaid.get(), commandLine, commandLine.getParseResult());
    }
    err.flush();
    return code;
  }

  /** The command line with all its commands. */
  static CommandLine commandLine(PrintWriter out, PrintWriter err) {
    CommandLine commandLine = new CommandLine(new SwarmlogCommand());
    // Under a name that says what it is about, beside the others.
    CommandLine completion = new CommandLine(new GenerateCompletion());
    commandLine.addSubcommand("completion", completion.setCommandName("completion"));
    commandLine.setOut(out);
    commandLine.setErr(err);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setUsageHelpAutoWidth(true);
    FailureReport report = new FailureReport();
    commandLine.setExecutionExceptionHandler(report);
    commandLine.setParameterExceptionHandler(report);
    commandLine.setExecutionStrategy(
        parsed -> {
          Logging.quiet(parsed.originalArgs().contains("--debug"));
          return new CommandLine.RunLast().execute(parsed);
        });
    return commandLine;
  }
}
