package dev.swarmlog.otel;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Topic;
import java.util.Locale;

/** Values of the contract as attributes have them: {@code TOPIC_COMMANDS} is {@code commands}. */
public final class Label {

  private Label() {}

  /** Such as {@code commands}. */
  public static String of(Topic topic) {
    return of(topic, "TOPIC_");
  }

  /** Such as {@code main}. */
  public static String of(Log log) {
    return of(log, "LOG_");
  }

  /** In lower case, without a prefix of the enum. */
  public static String of(Enum<?> value, String prefix) {
    return bare(value, prefix).toLowerCase(Locale.ROOT);
  }

  /** As it is, without a prefix of the enum. */
  public static String bare(Enum<?> value, String prefix) {
    String name = value.name();
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }
}
