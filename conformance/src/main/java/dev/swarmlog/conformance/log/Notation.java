package dev.swarmlog.conformance.log;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.EveryRole;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Self;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How cases write things.
 *
 * <pre>
 *   scope       commands             for all agents
 *               commands@self        for the agent of the case
 *               commands@scout       for the role scout
 *   operation   3 commands           an event
 *               3 commands x=a       key x has the value a
 *               3 commands -x        key x is deleted
 *               3 commands in 3..4   ... of the publish group 3 to 4
 *               3 commands traced    ... with a trace context that is sampled
 *   publication as an operation, without its number
 * </pre>
 */
public final class Notation {
  /** The name of the agent of every case. */
  public static final String AGENT = "agent-1";

  /** The type of every payload. */
  public static final String PAYLOAD_TYPE = "conformance.Text";

  private static final Pattern OPERATION =
      Pattern.compile(
          "(?<id>\\d+) (?<scope>[a-z]+(@[a-z]+)?)( (?<key>[^ =-][^ =]*)=(?<value>[^ ]*)| -(?<gone>[^ ]+))?"
              + "( in (?<first>\\d+)\\.\\.(?<last>\\d+))?(?<traced> traced)?");

  private Notation() {}

  /** Reads an operation; its group is itself unless it says so. */
  public static Operation operation(String text) {
    Matcher read = OPERATION.matcher(text);
    if (!read.matches()) {
      throw new IllegalArgumentException(
          "Expected an operation such as \"3 commands\", \"3 commands x=a\" or \"3 commands@self -x\", but got \"%s\""
              .formatted(text));
    }
    long opId = Long.parseLong(read.group("id"));
    Scope scope = scope(read.group("scope"));
    String key = read.group("key") != null ? read.group("key") : read.group("gone");
    String value = read.group("value") != null ? read.group("value") : "event " + opId;
    boolean tombstone = read.group("gone") != null;
    Operation.Builder operation =
        Operation.newBuilder()
            .setOpId(opId)
            .setGroupFirst(read.group("first") == null ? opId : Long.parseLong(read.group("first")))
            .setGroupLast(read.group("last") == null ? opId : Long.parseLong(read.group("last")))
            .setTopic(scope.getTopic())
            .setTarget(scope.getTarget())
            .setOperationClass(
                key == null
                    ? OperationClass.OPERATION_CLASS_EVENT
                    : OperationClass.OPERATION_CLASS_KEYED)
            .setKey(key == null ? "" : key)
            .setTombstone(tombstone)
            .setAppendTimeUnixNano(1_700_000_000_000_000_000L + opId)
            .setPublisher("somebody");
    if (!tombstone) {
      Payload payload = payload(value);
      operation.setPayload(payload).setValueDigest(Fold.valueDigest(payload));
    }
    if (read.group("traced") != null) {
      operation.setTraceparent("00-%032x-%016x-01".formatted(0xabcL << 8 | opId, opId));
    }
    return operation.build();
  }

  static Payload payload(String value) {
    return Payload.newBuilder()
        .setType(PAYLOAD_TYPE)
        .setContentType("text/plain")
        .setData(ByteString.copyFromUtf8(value))
        .build();
  }

  /** Writes an operation as a case would. */
  public static String text(Operation operation) {
    String scope = text(Fold.scopeOf(operation));
    if (operation.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED) {
      return operation.getOpId() + " " + scope;
    }
    return operation.getTombstone()
        ? operation.getOpId() + " " + scope + " -" + operation.getKey()
        : operation.getOpId()
            + " "
            + scope
            + " "
            + operation.getKey()
            + "="
            + operation.getPayload().getData().toStringUtf8();
  }

  /** What identifies an operation in a case: its text without group and trace. */
  public static String text(String operation) {
    return text(operation(operation));
  }

  /** Reads a scope. */
  public static Scope scope(String text) {
    String[] parts = text.split("@", 2);
    Target.Builder target = Target.newBuilder();
    if (parts.length == 1) {
      target.setAll(AllAgents.getDefaultInstance());
    } else if (parts[1].equals("self")) {
      target.setAgent(AGENT);
    } else {
      target.setRole(parts[1]);
    }
    return Scope.newBuilder().setTopic(topic(parts[0])).setTarget(target).build();
  }

  /** Writes a scope. */
  public static String text(Scope scope) {
    String topic = name(scope.getTopic().name(), "TOPIC_");
    return switch (scope.getTarget().getTargetCase()) {
      case AGENT ->
          topic
              + "@"
              + (scope.getTarget().getAgent().equals(AGENT)
                  ? "self"
                  : scope.getTarget().getAgent());
      case ROLE -> topic + "@" + scope.getTarget().getRole();
      default -> topic;
    };
  }

  /** Reads a view: scopes, and "commands@roles" for every role the agent holds. */
  public static View view(List<String> scopes) {
    View.Builder view = View.newBuilder();
    for (String text : scopes) {
      String[] parts = text.split("@", 2);
      ViewScope.Builder scope = ViewScope.newBuilder().setTopic(topic(parts[0]));
      if (parts.length == 1) {
        scope.setAll(AllAgents.getDefaultInstance());
      } else if (parts[1].equals("self")) {
        scope.setSelf(Self.getDefaultInstance());
      } else if (parts[1].equals("roles")) {
        scope.setRoles(EveryRole.getDefaultInstance());
      } else {
        throw new IllegalArgumentException(
            "Expected a scope of a view, such as commands, commands@self or commands@roles, but got "
                + text);
      }
      view.addScopes(scope);
    }
    return view.build();
  }

  static Topic topic(String name) {
    try {
      return Topic.valueOf("TOPIC_" + name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Expected commands, reconciliation, alerts, control or telemetry, but got " + name, e);
    }
  }

  /** Reads "main", "control", "telemetry". */
  public static Log log(String name) {
    try {
      return Log.valueOf("LOG_" + name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("Expected main, control or telemetry, but got " + name, e);
    }
  }

  /** Writes a log. */
  public static String text(Log log) {
    return name(log.name(), "LOG_");
  }

  /**
   * Writes where an agent says it stands: "at 3, in delta 0..3..5 inexact, in snapshot 5 behind
   * commands x, holds commands reconciliation".
   */
  public static String text(LogResume resume) {
    List<String> parts = new ArrayList<>();
    parts.add("at " + resume.getPosition().getOpId());
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
      String behind =
          resume.getSnapshot().hasScope()
              ? " behind "
                  + text(resume.getSnapshot().getScope())
                  + (resume.getSnapshot().getLastKey().isEmpty()
                      ? ""
                      : " " + resume.getSnapshot().getLastKey())
              : "";
      parts.add("in snapshot " + resume.getSnapshot().getPosition().getOpId() + behind);
    }
    if (resume.getScopesCount() > 0) {
      parts.add(
          "holds "
              + String.join(" ", resume.getScopesList().stream().map(Notation::text).toList()));
    }
    return String.join(", ", parts);
  }

  private static String name(String constant, String prefix) {
    return constant
        .substring(constant.startsWith(prefix) ? prefix.length() : 0)
        .toLowerCase(Locale.ROOT);
  }
}
