package dev.swarmlog.cli;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which of the parked operations are meant: one, or by {@code --all} all of a log or of both. */
final class ParkedSelection {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Mixin private LogOption logOption;

  @Option(
      names = "--all",
      description = "Everything that is parked, of both logs unless --log is given.")
  private boolean all;

  /**
   * The logs to go through, in this order.
   *
   * @param operation null if none was named
   * @throws ParameterException unless either an operation or {@code --all} was given
   */
  List<Log> logs(@Nullable Position operation) {
    if (operation == null && !all) {
      throw usage("Expected OP, the operation meant, or --all, but got neither.");
    }
    if (operation != null && all) {
      throw usage("Expected either OP or --all, but got both.");
    }
    if (operation != null) {
      return List.of(logOption.of(operation, "OP"));
    }
    return logOption.given() == Log.LOG_UNSPECIFIED
        ? List.of(Log.LOG_CONTROL, Log.LOG_MAIN)
        : List.of(logOption.given());
  }

  /** 0 for all. */
  static long opId(@Nullable Position operation) {
    return operation == null ? 0 : operation.getOpId();
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
