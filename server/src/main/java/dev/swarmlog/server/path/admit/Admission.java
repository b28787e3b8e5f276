package dev.swarmlog.server.path.admit;

import static dev.swarmlog.server.path.admit.Names.invalid;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * The early refusals: everything that can be told from a request alone. Stateless; called from any
 * thread. Each check answers null if there is nothing to refuse.
 */
@Singleton
public final class Admission {

  /** The only protocol version there is. */
  public static final int PROTOCOL = 1;

  private final Limits limits;
  private final GroupRules groups;

  @Inject
  public Admission(Limits limits) {
    this.limits = limits;
    this.groups = new GroupRules(limits);
  }

  /** A name of a swarm, agent, role or producer. */
  public @Nullable Refusal checkName(String field, String name) {
    return Names.check(field, name, limits.maxNameBytes());
  }

  /** A group for one log. */
  public @Nullable Refusal checkGroup(PublishGroup group, Log log) {
    return groups.check(group, log);
  }

  /** A group of a unary publish: it has no producer, so it has no number. */
  public @Nullable Refusal checkUnaryGroup(PublishGroup group, Log log) {
    if (log == Log.LOG_TELEMETRY) {
      return invalid("Expected a topic other than telemetry: it has a stream of its own.");
    }
    if (group.getNumber() != 0) {
      return invalid(
          "Expected number 0 on a unary publish, but got %d: numbers belong to producers' streams."
              .formatted(group.getNumber()));
    }
    return checkGroup(group, log == Log.LOG_UNSPECIFIED ? Log.LOG_MAIN : log);
  }

  /** A batch of telemetry. */
  public @Nullable Refusal checkTelemetry(List<PublishRecord> records) {
    return groups.check(records, Log.LOG_TELEMETRY);
  }

  /** The first frame of a publishing stream. */
  public @Nullable Refusal checkProducer(ProducerHello hello) {
    if (hello.getLog() != Log.LOG_MAIN && hello.getLog() != Log.LOG_CONTROL) {
      return invalid(
          "Expected log to be LOG_MAIN or LOG_CONTROL, but got %s: telemetry has a stream of its own."
              .formatted(hello.getLog()));
    }
    return first(
        checkName("swarm", hello.getSwarm()),
        checkName("publisher", hello.getPublisher()),
        checkName("producer_id", hello.getProducerId()));
  }

  /** The first frame of a session. */
  public @Nullable Refusal checkHello(Hello hello) {
    if (hello.getProtocolMin() > PROTOCOL || hello.getProtocolMax() < PROTOCOL) {
      return invalid(
          "Expected a protocol range that holds %d, but got %d to %d."
              .formatted(PROTOCOL, hello.getProtocolMin(), hello.getProtocolMax()));
    }
    if (hello.getCapabilities() != 0) {
      return invalid(
          "Expected no capability bits, since none is defined, but got %x."
              .formatted(hello.getCapabilities()));
    }
    Refusal refusal =
        first(
            checkName("swarm", hello.getSwarm()),
            checkName("agent", hello.getAgent()),
            checkName("instance", hello.getInstance()));
    if (refusal == null) {
      refusal = checkRoles(hello.getRolesList());
    }
    if (refusal == null) {
      refusal = checkView(hello.getView());
    }
    return refusal != null ? refusal : checkResumes(hello.getResumeList());
  }

  /** A request for a delta. */
  public @Nullable Refusal checkSync(SyncRequest request) {
    Log log = request.getResume().getPosition().getLog();
    if (log != Log.LOG_MAIN && log != Log.LOG_CONTROL) {
      return invalid(
          "Expected resume.position.log to be LOG_MAIN or LOG_CONTROL, but got %s.".formatted(log));
    }
    Refusal refusal =
        first(checkName("swarm", request.getSwarm()), checkName("agent", request.getAgent()));
    if (refusal == null) {
      refusal = checkRoles(request.getRolesList());
    }
    if (refusal == null) {
      refusal = checkView(request.getView());
    }
    return refusal != null ? refusal : checkPosition(request.getResume().getPosition());
  }

  /** A request to look on. */
  public @Nullable Refusal checkTail(TailRequest request) {
    if (Topics.isLog(request.getLog())) {
      return checkName("swarm", request.getSwarm());
    }
    return invalid(
        "Expected log to be LOG_CONTROL, LOG_MAIN or LOG_TELEMETRY, but got number %d."
            .formatted(request.getLogValue()));
  }

  private @Nullable Refusal checkRoles(Collection<String> roles) {
    if (roles.size() > limits.maxRoles()) {
      return invalid(
          "Expected at most %d roles, but got %d.".formatted(limits.maxRoles(), roles.size()));
    }
    return first(roles.stream().map(role -> checkName("role", role)).toArray(Refusal[]::new));
  }

  private @Nullable Refusal checkView(View view) {
    if (view.getScopesCount() == 0 || view.getScopesCount() > limits.maxViewScopes()) {
      return invalid(
          "Expected a view of 1 to %d scopes, but got %d."
              .formatted(limits.maxViewScopes(), view.getScopesCount()));
    }
    for (ViewScope scope : view.getScopesList()) {
      if (Topics.logOf(scope.getTopic()) == Log.LOG_UNSPECIFIED) {
        return invalid(
            "Expected each scope of the view to name a topic, but got number %d."
                .formatted(scope.getTopicValue()));
      }
      if (scope.getAudienceCase() == ViewScope.AudienceCase.AUDIENCE_NOT_SET) {
        return invalid(
            "Expected each scope of the view to name an audience (all, self or roles), but one does not.");
      }
    }
    return null;
  }

  private static @Nullable Refusal checkResumes(List<LogResume> resumes) {
    Set<Log> seen = EnumSet.noneOf(Log.class);
    for (LogResume resume : resumes) {
      Position position = resume.getPosition();
      Refusal refusal = checkPosition(position);
      if (refusal != null) {
        return refusal;
      }
      if (!seen.add(position.getLog())) {
        return invalid(
            "Expected at most one position per log, but there are two of %s."
                .formatted(position.getLog()));
      }
    }
    return null;
  }

  private static @Nullable Refusal checkPosition(Position position) {
    if (position.getLog() == Log.LOG_UNSPECIFIED || position.getLog() == Log.UNRECOGNIZED) {
      return invalid(
          "Expected a position to name its log, but got number %d."
              .formatted(position.getLogValue()));
    }
    if (position.getLog() == Log.LOG_TELEMETRY) {
      return null;
    }
    if (position.getPartition() != 0) {
      return invalid("Expected partition 0, but got %d.".formatted(position.getPartition()));
    }
    boolean fromNothing = position.getIncarnation() == 0 && position.getOpId() == 0;
    if (fromNothing) {
      return null;
    }
    if (position.getIncarnation() == 0 || position.getEpoch() == 0) {
      return invalid(
          "Expected a whole position, but incarnation or epoch is missing: present positions as they were received.");
    }
    if (position.getRunningHash().size() != 16) {
      return invalid(
          "Expected a running hash of 16 bytes, but got %d: present positions as they were received."
              .formatted(position.getRunningHash().size()));
    }
    return null;
  }

  @SuppressWarnings("NullAway") // null means "nothing to refuse" in every element
  private static @Nullable Refusal first(@Nullable Refusal... refusals) {
    return Stream.of(refusals).filter(refusal -> refusal != null).findFirst().orElse(null);
  }

  /** A refusal for a frame that came where the contract forbids it. */
  public static Refusal violation(String message) {
    return Refusal.of(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, message);
  }
}
