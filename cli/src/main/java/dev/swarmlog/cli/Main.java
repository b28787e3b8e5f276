package dev.swarmlog.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;

/** The {@code swarmlog} command. */
public final class Main {

  private Main() {}

  /** Runs one command and ends the process with its {@link ExitCode}. */
  public static void main(String[] args) {
    int code = run(writer(FileDescriptor.out), writer(FileDescriptor.err), args);
    System.exit(code);
  }

  /**
   * Runs one command and returns its exit code. Leaves the process as it is, except for how much is
   * logged.
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine commandLine = commandLine(out, err);
    int code = commandLine.execute(args);
    out.flush();
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

  /** UTF-8 whatever the locale says: names and payloads are UTF-8, and so is JSON. */
  private static PrintWriter writer(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8));
  }
}
