package dev.swarmlog.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MaxValuesExceededException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Tells the user of a failure, on standard error: message, reason, what to do. With {@code --json}
 * as one line of JSON, with {@code --debug} followed by the stack trace.
 */
final class FailureReport implements IExecutionExceptionHandler, IParameterExceptionHandler {

  @Override
  public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed) {
    CommandFailure failure = Failures.explain(thrown);
    if (failure.exitCode() == ExitCode.PIPE_CLOSED) {
      return failure.exitCode().number();
    }
    PrintWriter err = command.getErr();
    if (parsed.originalArgs().contains("--json")) {
      err.println(Output.toJson(Map.of("error", asMap(failure))));
    } else {
      Output output = new Output(command.getOut(), err, command.getColorScheme().ansi());
      String[] lines = Output.printableLines(String.valueOf(failure.getMessage()));
      err.println(output.styled(Style.fg_red, "swarmlog: ") + lines[0]);
      for (int i = 1; i < lines.length; i++) {
        err.println("  " + lines[i]);
      }
      if (failure.action() != null) {
        err.println("  " + failure.action());
      }
      if (failure.reason() != null) {
        err.println("  (" + failure.reason() + details(failure) + ")");
      }
    }
    if (parsed.originalArgs().contains("--debug")) {
      thrown.printStackTrace(err);
    }
    err.flush();
    return failure.exitCode().number();
  }

  @Override
  public int handleParseException(ParameterException thrown, String[] args) {
    CommandLine command = thrown.getCommandLine();
    PrintWriter err = command.getErr();
    String help = "Try `" + command.getCommandSpec().qualifiedName() + " --help`.";
    if (Arrays.asList(args).contains("--json")) {
      CommandFailure failure = new CommandFailure(ExitCode.USAGE, message(thrown, args), help);
      err.println(Output.toJson(Map.of("error", asMap(failure))));
    } else {
      Output output = new Output(command.getOut(), err, command.getColorScheme().ansi());
      err.println(output.styled(Style.fg_red, "swarmlog: ") + message(thrown, args));
      UnmatchedArgumentException.printSuggestions(thrown, err);
      err.println("  " + help);
    }
    err.flush();
    return ExitCode.USAGE.number();
  }

  /** Of a flag in a group that is there twice picocli tells how it matched the group. */
  private static String message(ParameterException thrown, String[] args) {
    if (thrown instanceof MaxValuesExceededException) {
      Set<String> seen = new HashSet<>();
      for (String argument : args) {
        String flag = argument.split("=", 2)[0];
        if (flag.startsWith("--") && !seen.add(flag)) {
          return "Expected %s at most once, but got it again.".formatted(flag);
        }
      }
    }
    return String.valueOf(thrown.getMessage());
  }

  private static Map<String, Object> asMap(CommandFailure failure) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("exitCode", failure.exitCode().number());
    map.put("kind", failure.exitCode().name());
    if (failure.reason() != null) {
      map.put("reason", failure.reason());
    }
    map.put("message", failure.getMessage());
    if (failure.action() != null) {
      map.put("action", failure.action());
    }
    if (!failure.details().isEmpty()) {
      map.put("details", failure.details());
    }
    return map;
  }

  private static String details(CommandFailure failure) {
    StringBuilder text = new StringBuilder();
    failure
        .details()
        .forEach((name, value) -> text.append(", ").append(name).append('=').append(value));
    return text.toString();
  }
}
