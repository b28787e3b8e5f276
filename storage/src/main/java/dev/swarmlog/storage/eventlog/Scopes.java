package dev.swarmlog.storage.eventlog;

import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.nio.charset.StandardCharsets;

/** Scopes as bytes: in keys, and in digests. */
final class Scopes {

  static final int KIND_ALL = 1;
  static final int KIND_AGENT = 2;
  static final int KIND_ROLE = 3;

  private static final Target ALL =
      Target.newBuilder().setAll(AllAgents.getDefaultInstance()).build();

  private Scopes() {}

  /** The log a topic lies in; unspecified if it has none. */
  static Log logOf(Topic topic) {
    return switch (topic) {
      case TOPIC_CONTROL -> Log.LOG_CONTROL;
      case TOPIC_COMMANDS, TOPIC_RECONCILIATION, TOPIC_ALERTS -> Log.LOG_MAIN;
      case TOPIC_TELEMETRY -> Log.LOG_TELEMETRY;
      default -> Log.LOG_UNSPECIFIED;
    };
  }

  static int kindOf(Target target) {
    return switch (target.getTargetCase()) {
      case ALL -> KIND_ALL;
      case AGENT -> KIND_AGENT;
      case ROLE -> KIND_ROLE;
      case TARGET_NOT_SET -> 0;
    };
  }

  static String nameOf(Target target) {
    return switch (target.getTargetCase()) {
      case AGENT -> target.getAgent();
      case ROLE -> target.getRole();
      case ALL, TARGET_NOT_SET -> "";
    };
  }

  /**
   * The one form of a scope: equal scopes are equal messages, whatever else a client had put into
   * its own.
   */
  static Scope canonical(Topic topic, int kind, String name) {
    Target target =
        switch (kind) {
          case KIND_ALL -> ALL;
          case KIND_AGENT -> Target.newBuilder().setAgent(name).build();
          case KIND_ROLE -> Target.newBuilder().setRole(name).build();
          default ->
              throw new IllegalArgumentException("Expected a kind of target, but got " + kind);
        };
    return Scope.newBuilder().setTopic(topic).setTarget(target).build();
  }

  /** {@code topic (1) | kind (1) | name..}, as in {@link Keys}. */
  static byte[] encode(Scope scope) {
    byte[] name = Keys.utf8(nameOf(scope.getTarget()));
    return new KeyBuilder(name.length + 4)
        .u8(scope.getTopicValue())
        .u8(kindOf(scope.getTarget()))
        .terminated(name)
        .toBytes();
  }

  /** Reads a scope out of a key, from an offset on. */
  static Scope decode(byte[] key, int offset) {
    return canonical(Topic.forNumber(key[offset]), key[offset + 1], decodeName(key, offset + 2));
  }

  /** Reads an escaped and terminated name out of a key, from an offset on. */
  static String decodeName(byte[] key, int offset) {
    byte[] name = new byte[key.length];
    int length = 0;
    int at = offset;
    while (true) {
      byte b = key[at++];
      if (b == 0 && key[at++] == 0) {
        break;
      }
      name[length++] = b;
    }
    return new String(name, 0, length, StandardCharsets.UTF_8);
  }

  /** Length of the encoded scope in a key, from an offset on. */
  static int encodedLength(byte[] key, int offset) {
    int at = offset + 2;
    while (key[at] != 0 || key[at + 1] != 0) {
      at += key[at] == 0 ? 2 : 1;
    }
    return at + 2 - offset;
  }

  /** {@code topic (1) | kind (1) | name length (4) | name}, as in docs/state-digest.md. */
  static byte[] digestPart(Scope scope) {
    byte[] name = Keys.utf8(nameOf(scope.getTarget()));
    return new KeyBuilder(name.length + 6)
        .u8(scope.getTopicValue())
        .u8(kindOf(scope.getTarget()))
        .u32(name.length)
        .raw(name)
        .toBytes();
  }
}
