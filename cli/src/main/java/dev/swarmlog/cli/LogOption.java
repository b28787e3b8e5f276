package dev.swarmlog.cli;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The flag that says which of the two durable logs is meant. */
final class LogOption {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--log",
      paramLabel = "LOG",
      description = "main or control (default: that of the position, or main).")
  private @Nullable LogName log;

  /** The logs that have a history, as they are named in flags. */
  enum LogName {
    MAIN,
    CONTROL
  }

  /** As given; {@code LOG_UNSPECIFIED} if it was not. */
  Log given() {
    return log == null ? Log.LOG_UNSPECIFIED : log == LogName.MAIN ? Log.LOG_MAIN : Log.LOG_CONTROL;
  }

  /**
   * The log of an operation: as given, as its position says, or {@code main}.
   *
   * @param name what the operation is called on the command line
   */
  Log of(Position operation, String name) {
    Log named = given();
    Log ofPosition = operation.getLog();
    if (named != Log.LOG_UNSPECIFIED && ofPosition != Log.LOG_UNSPECIFIED && named != ofPosition) {
      throw new ParameterException(
          command.commandLine(),
          "Expected an operation of %s, but %s is one of %s."
              .formatted(PositionText.logName(named), name, PositionText.logName(ofPosition)));
    }
    if (named != Log.LOG_UNSPECIFIED) {
      return named;
    }
    return ofPosition == Log.LOG_CONTROL ? Log.LOG_CONTROL : Log.LOG_MAIN;
  }
}
