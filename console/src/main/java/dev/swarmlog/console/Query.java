package dev.swarmlog.console;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Topic;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The parameters of a request. What is wrong with them is a {@link BadRequestException}. */
final class Query {

  private final Map<String, String> values = new HashMap<>();

  /**
   * Reads them.
   *
   * @param raw as it came, still encoded; absent if there is none
   */
  Query(@Nullable String raw) throws BadRequestException {
    if (raw == null || raw.isEmpty()) {
      return;
    }
    for (String pair : raw.split("&")) {
      int equals = pair.indexOf('=');
      if (equals < 0) {
        throw new BadRequestException("Expected NAME=VALUE, but got another parameter.");
      }
      values.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
    }
  }

  private static String decoded(String text) throws BadRequestException {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new BadRequestException("Expected two hexadecimal digits after each %.");
    }
  }

  Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /** The swarm, which has to be named. */
  String swarm() throws BadRequestException {
    String swarm = values.getOrDefault("swarm", "");
    if (swarm.isEmpty()) {
      throw new BadRequestException("Expected a swarm.");
    }
    return swarm;
  }

  /** The log; main if none is named. */
  Log log() throws BadRequestException {
    return switch (values.getOrDefault("log", "main")) {
      case "main" -> Log.LOG_MAIN;
      case "control" -> Log.LOG_CONTROL;
      default -> throw new BadRequestException("Expected log to be main or control.");
    };
  }

  /** The topic to keep to; empty for all. */
  Optional<Topic> topic() throws BadRequestException {
    String topic = values.getOrDefault("topic", "");
    try {
      return topic.isEmpty()
          ? Optional.empty()
          : Optional.of(Topic.valueOf("TOPIC_" + topic.toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException e) {
      throw new BadRequestException("Expected a topic, such as alerts.");
    }
  }

  /** An unsigned number of 64 bits; empty if there is none. */
  Optional<Long> number(String name) throws BadRequestException {
    String text = values.get(name);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Long.parseUnsignedLong(text));
    } catch (NumberFormatException e) {
      throw new BadRequestException("Expected %s to be a number.".formatted(name));
    }
  }

  /** A request that nobody can answer as it is; the message may be shown. */
  static final class BadRequestException extends Exception {

    private static final long serialVersionUID = 1L;

    BadRequestException(String message) {
      super(message);
    }
  }
}
