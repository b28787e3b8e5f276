package dev.swarmlog.cli;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The flag that says which of the two durable logs is meant. */
final class LogOption {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--log",
      paramLabel = "LOG",
      converter = LogText.class,
      completionCandidates = LogText.class,
      description = "main or control (default: that of the position, or main).")
  private @Nullable Log log;

  /** The logs that have a history, as they are named in flags. */
  static final class LogText implements ITypeConverter<Log>, Iterable<String> {

    @Override
    public Log convert(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "main" -> Log.LOG_MAIN;
        case "control" -> Log.LOG_CONTROL;
        default ->
            throw new TypeConversionException("Expected main or control, but got '" + text + "'.");
      };
    }

    /** What shell completion offers. */
    @Override
    public Iterator<String> iterator() {
      return List.of("main", "control").iterator();
    }
  }

  /** As given; {@code LOG_UNSPECIFIED} if it was not. */
  Log given() {
    return log == null ? Log.LOG_UNSPECIFIED : log;
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
