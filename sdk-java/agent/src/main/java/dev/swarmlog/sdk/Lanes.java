package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Topic;
import java.util.Locale;

/** Which log a topic lies in, and its name; a log is a lane of its own in every session. */
final class Lanes {
  private Lanes() {}

  /** As people read it: {@code main}. */
  static String name(Log log) {
    return log.name().replace("LOG_", "").toLowerCase(Locale.ROOT);
  }

  static Log of(Topic topic) {
    return switch (topic) {
      case TOPIC_CONTROL -> Log.LOG_CONTROL;
      case TOPIC_COMMANDS, TOPIC_RECONCILIATION, TOPIC_ALERTS -> Log.LOG_MAIN;
      case TOPIC_TELEMETRY -> Log.LOG_TELEMETRY;
      case TOPIC_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "Expected one of the five topics, but got " + topic + ": name the topic");
    };
  }
}
