package dev.swarmlog.storage;

import dev.swarmlog.v1.Log;

/** What a log is called in what people read. */
public final class LogName {

  private LogName() {}

  /** {@code main}, {@code control}, {@code telemetry}; of none of them, that it is none. */
  public static String of(Log log) {
    return switch (log) {
      case LOG_MAIN -> "main";
      case LOG_CONTROL -> "control";
      case LOG_TELEMETRY -> "telemetry";
      case LOG_UNSPECIFIED, UNRECOGNIZED -> "no log";
    };
  }
}
