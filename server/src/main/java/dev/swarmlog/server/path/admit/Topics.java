package dev.swarmlog.server.path.admit;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Topic;

/** Which log a topic lies in. */
final class Topics {

  private Topics() {}

  /** The log of a topic; {@code LOG_UNSPECIFIED} for one that is not known. */
  static Log logOf(Topic topic) {
    return switch (topic) {
      case TOPIC_CONTROL -> Log.LOG_CONTROL;
      case TOPIC_COMMANDS, TOPIC_RECONCILIATION, TOPIC_ALERTS -> Log.LOG_MAIN;
      case TOPIC_TELEMETRY -> Log.LOG_TELEMETRY;
      case TOPIC_UNSPECIFIED, UNRECOGNIZED -> Log.LOG_UNSPECIFIED;
    };
  }

  /** Whether it names a log. */
  static boolean isLog(Log log) {
    return log != Log.LOG_UNSPECIFIED && log != Log.UNRECOGNIZED;
  }
}
