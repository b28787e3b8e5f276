package dev.swarmlog.server;

import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.LogLevel;
import dev.swarmlog.v1.LoggerLevel;
import java.util.List;
import java.util.Optional;

/**
 * How much is logged, changed while the coordinator runs. Whoever owns the logging backend brings
 * it; the coordinator itself knows none. May be called by any thread.
 */
public interface LogLevels {

  /** Of all loggers first, under the empty name, then of those with their own level, by name. */
  List<LoggerLevel> inForce();

  /**
   * Changes one.
   *
   * @param logger empty for all that have no level of their own
   * @param level {@code LOG_LEVEL_UNSPECIFIED} to take a logger's own level away
   * @return why not; empty if it is in force
   */
  Optional<Refusal> set(String logger, LogLevel level);

  /** Of a coordinator in a program that owns the log. */
  static LogLevels ofTheProgram() {
    return new LogLevels() {
      @Override
      public List<LoggerLevel> inForce() {
        return List.of();
      }

      @Override
      public Optional<Refusal> set(String logger, LogLevel level) {
        return Optional.of(
            Refusal.of(
                ErrorReason.ERROR_REASON_NOT_SERVED,
                "Expected a coordinator that owns its log, but this one runs in a program that does: change the level there."));
      }
    };
  }
}
