package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Topic;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * How transcripts write things. Scopes are letters, A before B before C, all of {@code main}.
 * Operations are "5" (nothing but an ID), "5:A" (an event), "5:A:x:a" (key x has the value a),
 * "5:A:x:-" (key x is deleted). Positions are "main@7", of another epoch than 1 "main@7/2".
 */
final class Notation {
  private Notation() {}

  static Scope scope(String letter) {
    return Scope.newBuilder()
        .setTopic(Topic.TOPIC_COMMANDS)
        .setTarget(letter.equals("A") ? Targets.all() : Targets.agent(letter))
        .build();
  }

  static List<Scope> scopes(String letters) {
    return letters.isEmpty()
        ? List.of()
        : Arrays.stream(letters.split(",")).map(Notation::scope).toList();
  }

  static String name(Scope scope) {
    return scope.getTarget().hasAgent() ? scope.getTarget().getAgent() : "A";
  }

  static String names(List<Scope> scopes) {
    return String.join(",", scopes.stream().map(Notation::name).toList());
  }

  static Payload payload(String value) {
    return Payload.newBuilder().setData(ByteString.copyFromUtf8(value)).build();
  }

  /** Of {@link #payload}; shares no code with the SDK. */
  static ByteString valueDigest(String value) {
    byte[] data = value.getBytes(StandardCharsets.UTF_8);
    int emptyTextsAndVersion = 3 * Integer.BYTES;
    ByteBuffer hashed =
        ByteBuffer.allocate(1 + emptyTextsAndVersion + Integer.BYTES + data.length)
            .put((byte) 1)
            .position(1 + emptyTextsAndVersion)
            .putInt(data.length)
            .put(data);
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(hashed.array());
      return ByteString.copyFrom(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static Operation operation(String text) {
    String[] parts = text.split(":");
    long opId = Long.parseLong(parts[0]);
    if (parts.length == 1) {
      return Operation.newBuilder().setOpId(opId).build();
    }
    if (parts.length == 2) {
      return event(opId, scope(parts[1]));
    }
    return keyed(opId, scope(parts[1]), parts[2], parts[3].equals("-") ? null : parts[3]);
  }

  static Operation event(long opId, Scope scope) {
    return Operation.newBuilder()
        .setOpId(opId)
        .setGroupFirst(opId)
        .setGroupLast(opId)
        .setTopic(scope.getTopic())
        .setTarget(scope.getTarget())
        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
        .setValueDigest(valueDigest("event " + opId))
        .build();
  }

  /** A null value deletes the key. */
  static Operation keyed(long opId, Scope scope, String key, String value) {
    Operation.Builder operation =
        event(opId, scope).toBuilder()
            .clearValueDigest()
            .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
            .setKey(key)
            .setTombstone(value == null);
    if (value != null) {
      operation.setValueDigest(valueDigest(value)).setPayload(payload(value));
    }
    return operation.build();
  }

  static String text(Operation operation) {
    return switch (operation.getOperationClass()) {
      case OPERATION_CLASS_KEYED ->
          "%d:%s:%s:%s"
              .formatted(
                  operation.getOpId(),
                  name(NaiveFold.scopeOf(operation)),
                  operation.getKey(),
                  operation.getTombstone() ? "-" : operation.getPayload().getData().toStringUtf8());
      case OPERATION_CLASS_EVENT -> operation.getOpId() + ":" + name(NaiveFold.scopeOf(operation));
      default -> Long.toString(operation.getOpId());
    };
  }

  static Log log(String name) {
    return switch (name) {
      case "main" -> Log.LOG_MAIN;
      case "control" -> Log.LOG_CONTROL;
      case "telemetry" -> Log.LOG_TELEMETRY;
      default -> throw new IllegalArgumentException("Expected a lane, but got " + name);
    };
  }

  static String name(Log log) {
    return log.name().substring("LOG_".length()).toLowerCase(Locale.ROOT);
  }

  static Position position(String text) {
    String[] parts = text.split("[@/]");
    return Position.newBuilder()
        .setLog(log(parts[0]))
        .setIncarnation(1)
        .setOpId(Long.parseLong(parts[1]))
        .setEpoch(parts.length > 2 ? Long.parseLong(parts[2]) : 1)
        .build();
  }

  static String name(Position position) {
    return name(position.getLog())
        + "@"
        + position.getOpId()
        + (position.getEpoch() <= 1 ? "" : "/" + position.getEpoch());
  }

  /** Position, and behind it whatever else there is. */
  static String text(LogResume resume) {
    List<String> parts = new ArrayList<>();
    parts.add(name(resume.getPosition()));
    if (resume.hasTriple()) {
      parts.add(
          "in delta %d..%d..%d%s"
              .formatted(
                  resume.getTriple().getBaseOpId(),
                  resume.getTriple().getCursorOpId(),
                  resume.getTriple().getTargetOpId(),
                  resume.getTriple().getExact() ? "" : " inexact"));
    }
    if (resume.hasSnapshot()) {
      parts.add(
          "in snapshot of %s%s"
              .formatted(
                  name(resume.getSnapshot().getPosition()),
                  resume.getSnapshot().hasScope()
                      ? " behind %s '%s'"
                          .formatted(
                              name(resume.getSnapshot().getScope()),
                              resume.getSnapshot().getLastKey())
                      : ""));
    }
    if (resume.getScopesCount() > 0) {
      parts.add("holds " + names(resume.getScopesList()));
    }
    if (resume.getSumsCount() > 0) {
      parts.add(text(resume.getSumsList()));
    }
    return String.join(", ", parts);
  }

  static String text(List<ScopeSums> sums) {
    return "sums " + String.join(" ", sums.stream().map(Notation::text).toList());
  }

  /** "query 1 at main@5", and each part with the key it ends with, its keys, its digest. */
  static String text(DigestReport report) {
    List<String> parts =
        report.getPartsList().stream()
            .map(
                part ->
                    "..'%s' %d %s"
                        .formatted(part.getThroughKey(), part.getKeyCount(), hex(part.getDigest())))
            .toList();
    return "query %d at %s: %s"
        .formatted(report.getQueryId(), name(report.getPosition()), String.join(", ", parts));
  }

  private static String hex(ByteString digest) {
    return HexFormat.of().formatHex(digest.toByteArray(), 0, 2);
  }

  private static String text(ScopeSums sums) {
    return "%s:%s:%s"
        .formatted(
            name(sums.getScope()),
            sums.getStateDigest().isEmpty() ? "?" : hex(sums.getStateDigest()),
            sums.getEventHash().isEmpty() ? "?" : sums.getEventCount());
  }
}
