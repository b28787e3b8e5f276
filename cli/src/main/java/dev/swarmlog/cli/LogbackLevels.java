package dev.swarmlog.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import dev.swarmlog.server.LogLevels;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.LogLevel;
import dev.swarmlog.v1.LoggerLevel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** The levels of Logback's loggers. May be used by any thread. */
final class LogbackLevels implements LogLevels {

  /** Loggers that were ever named: Logback forgets none. */
  static final int MAX_LOGGERS = 100;

  static final int MAX_NAME_BYTES = 200;

  /**
   * They warn, with a stack trace, of whatever a client does wrong. The client is told, and what
   * matters to an operator the coordinator says itself.
   */
  private static final String FRAMEWORKS = "io.grpc";

  private static final Map<LogLevel, Level> LEVELS =
      Map.of(
          LogLevel.LOG_LEVEL_ERROR, Level.ERROR,
          LogLevel.LOG_LEVEL_WARN, Level.WARN,
          LogLevel.LOG_LEVEL_INFO, Level.INFO,
          LogLevel.LOG_LEVEL_DEBUG, Level.DEBUG,
          LogLevel.LOG_LEVEL_TRACE, Level.TRACE);

  private final LoggerContext context;

  /** Guarded by this. */
  private final SortedSet<String> named = new TreeSet<>();

  LogbackLevels(LoggerContext context) {
    this.context = context;
  }

  /** Of all loggers, frameworks included as far as they are worth it. */
  static void setAll(LoggerContext context, Level level) {
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(level);
    context
        .getLogger(FRAMEWORKS)
        .setLevel(level.isGreaterOrEqual(Level.INFO) ? Level.ERROR : Level.INFO);
  }

  @Override
  public synchronized List<LoggerLevel> inForce() {
    List<LoggerLevel> levels = new ArrayList<>();
    levels.add(describe("", root().getLevel()));
    for (String name : named) {
      Level own = context.getLogger(name).getLevel();
      if (own != null) {
        levels.add(describe(name, own));
      }
    }
    return levels;
  }

  @Override
  public synchronized Optional<Refusal> set(String logger, LogLevel level) {
    Level wanted = LEVELS.get(level);
    if (wanted == null && level != LogLevel.LOG_LEVEL_UNSPECIFIED) {
      return refuse("Expected a level from error to trace, but got one that is not known.");
    }
    if (logger.isEmpty()) {
      if (wanted == null) {
        return refuse("Expected a level for all loggers, but got none.");
      }
      setAll(context, wanted);
      return Optional.empty();
    }
    if (logger.equalsIgnoreCase(org.slf4j.Logger.ROOT_LOGGER_NAME)) {
      // Logback would take it for all loggers, which are more than this one has to do with.
      return refuse("Expected an empty name for all loggers, but got '%s'.".formatted(logger));
    }
    int bytes = logger.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_NAME_BYTES || !logger.matches("[\\w.$]+")) {
      return refuse(
          "Expected the name of a logger, such as dev.swarmlog.server, of at most %d bytes, but got %s."
              .formatted(MAX_NAME_BYTES, bytes > MAX_NAME_BYTES ? bytes + " bytes" : "another"));
    }
    if (!named.contains(logger) && named.size() >= MAX_LOGGERS) {
      return refuse(
          "Expected at most %d loggers to be named until the coordinator ends, but got one more."
              .formatted(MAX_LOGGERS));
    }
    named.add(logger);
    context.getLogger(logger).setLevel(wanted);
    return Optional.empty();
  }

  private Logger root() {
    return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static LoggerLevel describe(String logger, Level level) {
    LogLevel known =
        LEVELS.entrySet().stream()
            .filter(entry -> entry.getValue().equals(level))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse(LogLevel.LOG_LEVEL_UNSPECIFIED);
    return LoggerLevel.newBuilder().setLogger(logger).setLevel(known).build();
  }

  private static Optional<Refusal> refuse(String message) {
    return Optional.of(Refusal.of(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, message));
  }
}
