package dev.swarmlog.cli;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Topic;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The five topics as people write them, and the logs they lie in. */
final class TopicText implements ITypeConverter<Topic>, Iterable<String> {

  private static final List<String> NAMES =
      List.of("control", "commands", "reconciliation", "alerts", "telemetry");

  @Override
  public Topic convert(String text) {
    String name = text.toLowerCase(Locale.ROOT);
    if (!NAMES.contains(name)) {
      throw new TypeConversionException(
          "Expected a topic (" + String.join(", ", NAMES) + "), but got '" + text + "'.");
    }
    return Topic.valueOf("TOPIC_" + name.toUpperCase(Locale.ROOT));
  }

  static boolean isName(String text) {
    return NAMES.contains(text);
  }

  /** What shell completion offers. */
  @Override
  public Iterator<String> iterator() {
    return NAMES.iterator();
  }

  /** The log a topic lies in. */
  static Log log(Topic topic) {
    return switch (topic) {
      case TOPIC_CONTROL -> Log.LOG_CONTROL;
      case TOPIC_COMMANDS, TOPIC_RECONCILIATION, TOPIC_ALERTS -> Log.LOG_MAIN;
      case TOPIC_TELEMETRY -> Log.LOG_TELEMETRY;
      case TOPIC_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("Expected a topic, but got " + topic);
    };
  }

  /**
   * The one log that topics lie in; {@code main} for none.
   *
   * @throws IllegalArgumentException if they lie in several, as each log has an order of its own
   */
  static Log oneLog(Collection<Topic> topics) {
    Set<Log> logs = new TreeSet<>();
    topics.forEach(topic -> logs.add(log(topic)));
    if (logs.size() > 1) {
      throw new IllegalArgumentException(
          "Expected topics of one log (commands, reconciliation and alerts; or control; or telemetry), but got topics"
              + " of several: each log has an order of its own.");
    }
    return logs.isEmpty() ? Log.LOG_MAIN : logs.iterator().next();
  }
}
