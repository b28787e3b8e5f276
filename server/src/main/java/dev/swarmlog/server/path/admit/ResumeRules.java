package dev.swarmlog.server.path.admit;

import static dev.swarmlog.server.path.admit.Names.firstRefusal;
import static dev.swarmlog.server.path.admit.Names.invalid;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What those must look like who want to be brought up to date: identity, view, positions.
 * Stateless.
 */
final class ResumeRules {

  private static final long CAPABILITIES =
      Capability.CAPABILITY_SYNC_VALUE
          | Capability.CAPABILITY_DRIFT_VALUE
          | Capability.CAPABILITY_NACK_VALUE;

  private final Limits limits;
  private final PositionRules positions;

  ResumeRules(Limits limits) {
    this.limits = limits;
    this.positions = new PositionRules(limits);
  }

  /** The first frame of a session. */
  @Nullable Refusal check(Hello hello) {
    if (hello.getProtocolMin() > Admission.PROTOCOL
        || hello.getProtocolMax() < Admission.PROTOCOL) {
      return invalid(
          "Expected a protocol range that holds %d, but got %d to %d."
              .formatted(Admission.PROTOCOL, hello.getProtocolMin(), hello.getProtocolMax()));
    }
    Refusal refusal =
        firstRefusal(
            checkCapabilities(hello.getCapabilities()),
            name("swarm", hello.getSwarm()),
            name("agent", hello.getAgent()),
            name("instance", hello.getInstance()),
            // Kept and shown as long as the session, but nobody needs to say it.
            hello.getSdk().isEmpty() ? null : name("sdk", hello.getSdk()));
    if (refusal == null) {
      refusal = checkRoles(hello.getRolesList());
    }
    if (refusal == null) {
      refusal = checkView(hello.getView());
    }
    return refusal != null ? refusal : checkResumes(hello.getResumeList(), hello.getCapabilities());
  }

  /** A request for a delta. */
  @Nullable Refusal check(SyncRequest request) {
    Log log = request.getResume().getPosition().getLog();
    if (log != Log.LOG_MAIN && log != Log.LOG_CONTROL) {
      return invalid(
          "Expected resume.position.log to be main or control, but got %s."
              .formatted(LogName.of(log)));
    }
    Refusal refusal =
        firstRefusal(
            checkCapabilities(request.getCapabilities()),
            name("swarm", request.getSwarm()),
            name("agent", request.getAgent()));
    if (refusal == null) {
      refusal = checkRoles(request.getRolesList());
    }
    if (refusal == null) {
      refusal = checkView(request.getView());
    }
    return refusal != null
        ? refusal
        : checkResumes(List.of(request.getResume()), request.getCapabilities());
  }

  /** A request for what changed. */
  @Nullable Refusal check(DiffRequest request) {
    Log log = request.getLog();
    if (log != Log.LOG_MAIN && log != Log.LOG_CONTROL) {
      return invalid(
          "Expected log to be main or control, but got %s: telemetry keeps no history to compare."
              .formatted(LogName.of(log)));
    }
    Refusal refusal =
        firstRefusal(name("swarm", request.getSwarm()), name("agent", request.getAgent()));
    if (refusal == null) {
      refusal = checkRoles(request.getRolesList());
    }
    if (refusal == null) {
      refusal = checkView(request.getView());
    }
    if (refusal == null
        && request.getToOpId() != 0
        && Long.compareUnsigned(request.getFromOpId(), request.getToOpId()) > 0) {
      return invalid(
          "Expected from_op_id to be at most to_op_id, but got %s and %s."
              .formatted(
                  Long.toUnsignedString(request.getFromOpId()),
                  Long.toUnsignedString(request.getToOpId())));
    }
    return refusal;
  }

  /** Whether the log goes as far as a request for what changed. */
  static @Nullable Refusal checkInterval(DiffRequest request, long headOpId) {
    boolean toIsBeyond = Long.compareUnsigned(request.getToOpId(), headOpId) > 0;
    if (toIsBeyond || Long.compareUnsigned(request.getFromOpId(), headOpId) > 0) {
      return invalid(
          "Expected %s to be at most the head, operation %d, but got %s."
              .formatted(
                  toIsBeyond ? "to_op_id" : "from_op_id",
                  headOpId,
                  Long.toUnsignedString(toIsBeyond ? request.getToOpId() : request.getFromOpId())));
    }
    return null;
  }

  private static @Nullable Refusal checkCapabilities(long capabilities) {
    boolean driftAlone =
        (capabilities & Capability.CAPABILITY_DRIFT_VALUE) != 0
            && (capabilities & Capability.CAPABILITY_SYNC_VALUE) == 0;
    return driftAlone
        ? invalid(
            "Expected CAPABILITY_SYNC with CAPABILITY_DRIFT, but only the latter is asked for.")
        : null;
  }

  /** Those that are known: a newer client asks for what it could do, and is told what it may. */
  static long accepted(long capabilities) {
    return capabilities & CAPABILITIES;
  }

  private @Nullable Refusal checkRoles(Collection<String> roles) {
    if (roles.size() > limits.maxRoles()) {
      return invalid(
          "Expected at most %d roles, but got %d.".formatted(limits.maxRoles(), roles.size()));
    }
    return firstRefusal(roles.stream().map(role -> name("role", role)).toArray(Refusal[]::new));
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

  private static boolean hasInterrupted(LogResume resume) {
    return resume.getInterruptedCase() != LogResume.InterruptedCase.INTERRUPTED_NOT_SET;
  }

  private @Nullable Refusal checkResumes(List<LogResume> resumes, long capabilities) {
    Set<Log> seen = EnumSet.noneOf(Log.class);
    for (LogResume resume : resumes) {
      boolean syncs = (capabilities & Capability.CAPABILITY_SYNC_VALUE) != 0;
      if (!syncs && (hasInterrupted(resume) || resume.getScopesCount() > 0)) {
        return invalid(
            "Expected CAPABILITY_SYNC where a resume says what was interrupted, or which scopes are held, but it is not asked for.");
      }
      Refusal refusal = positions.check(resume);
      if (refusal != null) {
        return refusal;
      }
      if (!seen.add(resume.getPosition().getLog())) {
        return invalid(
            "Expected at most one position per log, but there are two of %s."
                .formatted(LogName.of(resume.getPosition().getLog())));
      }
    }
    return null;
  }

  private @Nullable Refusal name(String field, String name) {
    return Names.check(field, name, limits.maxNameBytes());
  }
}
