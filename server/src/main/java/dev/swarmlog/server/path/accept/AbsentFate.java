package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.admit.Exclusion;
import dev.swarmlog.storage.OperationFailure;
import dev.swarmlog.v1.AgentFate;
import dev.swarmlog.v1.AgentLife;
import dev.swarmlog.v1.Target;
import org.jspecify.annotations.Nullable;

/** What became of an operation for an agent that is not connected. */
final class AbsentFate {

  private AbsentFate() {}

  /**
   * Finds out.
   *
   * @param recordedOpId how far the agent has acknowledged, as recorded; 0 if it never has
   */
  static FateOfAgent find(
      LifeSubject subject, String agent, long recordedOpId, @Nullable OperationFailure failure) {
    Target target = subject.operation().getTarget();
    if (target.hasAgent() && !target.getAgent().equals(agent)) {
      return new FateOfAgent(
          agent, AgentFate.AGENT_FATE_NOT_IN_VIEW, () -> seen(subject, agent, recordedOpId));
    }
    long ackedOpId =
        Math.max(
            recordedOpId,
            subject.shard().writer().notedCursor(subject.swarm().name(), agent, subject.log()));
    if (failure != null) {
      return new FateOfAgent(
          agent,
          RefusedFate.of(failure),
          () ->
              RefusedFate.tell(subject, failure)
                  .mergeFrom(seen(subject, agent, ackedOpId).build()));
    }
    boolean acknowledged = ackedOpId >= subject.opId();
    return new FateOfAgent(
        agent,
        acknowledged ? AgentFate.AGENT_FATE_ACKNOWLEDGED : AgentFate.AGENT_FATE_NOT_CONNECTED,
        () ->
            seen(subject, agent, ackedOpId)
                .setReason(
                    acknowledged
                        ? "not connected; it stands at " + ackedOpId
                        : reason(subject, agent, ackedOpId)));
  }

  private static AgentLife.Builder seen(LifeSubject subject, String agent, long ackedOpId) {
    return AgentLife.newBuilder()
        .setAckedOpId(ackedOpId)
        .setLastSeenUnixNano(lastSeenUnixNs(subject, agent));
  }

  private static String reason(LifeSubject subject, String agent, long ackedOpId) {
    String swarm = subject.swarm().name();
    StringBuilder reason = new StringBuilder("not connected");
    long seenUnixNs = lastSeenUnixNs(subject, agent);
    if (seenUnixNs != 0) {
      reason.append("; last seen ").append(LifeWords.time(seenUnixNs, subject.nowUnixNs()));
    }
    if (seenUnixNs == 0 && ackedOpId == 0) {
      reason.append("; it has never acknowledged anything here");
    } else {
      reason.append("; it stands at ").append(ackedOpId).append(" of ").append(subject.headOpId());
    }
    Exclusion exclusion = subject.context().breakers().exclusion(swarm, agent);
    if (exclusion != null) {
      reason
          .append("; its breaker is open for another ")
          .append(LifeWords.duration(exclusion.untilNs() - subject.nowNs()))
          .append(", as it ")
          .append(exclusion.reason());
    }
    if (subject.context().drift().stopped(swarm, agent) != null) {
      reason.append("; it drifted too often and is not fed until it is released");
    }
    return reason.toString();
  }

  private static long lastSeenUnixNs(LifeSubject subject, String agent) {
    return subject.context().sessions().departures().lastSeenUnixNs(subject.swarm().name(), agent);
  }
}
