package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.deliver.CommitTimes;
import dev.swarmlog.storage.OperationFailure;
import dev.swarmlog.storage.RecordedCursor;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.AgentFate;
import dev.swarmlog.v1.FateCount;
import dev.swarmlog.v1.GetOperationLifeResponse;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of one operation: the store's part and what is in memory. Reads block; used by one
 * reading thread.
 */
final class OperationLife {

  static final int MAX_LISTED_AGENTS = 1_000;

  /** Agents that are not connected, as recorded. */
  private static final int MAX_CURSORS = 20_000;

  private final LifeSubject subject;

  OperationLife(LifeSubject subject) {
    this.subject = subject;
  }

  /**
   * Tells it.
   *
   * @param agent of this one only; empty for all
   * @param maxAgents how many are listed
   */
  GetOperationLifeResponse tell(String agent, int maxAgents) {
    GetOperationLifeResponse.Builder life =
        GetOperationLifeResponse.newBuilder()
            .setOperation(subject.operation())
            .setHeadOpId(subject.headOpId())
            .setHorizonOpId(subject.swarm().horizonOpId(subject.log()))
            .setReceivedUnixNano(unixNs(receivedNs()))
            .setAppendedUnixNano(subject.operation().getAppendTimeUnixNano())
            .setDurableUnixNano(unixNs(times().durableNs()))
            .setSupersededByOpId(subject.nextOnKey())
            .setNowUnixNano(subject.nowUnixNs())
            .setStartedUnixNano(subject.context().identity().startedUnixNs());
    List<FateOfAgent> fates = agent.isEmpty() ? fates(life) : List.of(fateOf(agent));
    Map<AgentFate, Long> counts = new EnumMap<>(AgentFate.class);
    fates.forEach(found -> counts.merge(found.fate(), 1L, Long::sum));
    counts.forEach(
        (fate, count) -> life.addFates(FateCount.newBuilder().setFate(fate).setCount(count)));
    fates.stream()
        .sorted(FateOfAgent.URGENT_FIRST)
        .limit(maxAgents)
        .forEach(found -> life.addAgents(found.tell()));
    return life.build();
  }

  private List<FateOfAgent> fates(GetOperationLifeResponse.Builder life) {
    String swarm = subject.swarm().name();
    Map<String, OperationFailure> failures = failures();
    Map<String, Long> absent = new HashMap<>();
    List<RecordedCursor> cursors =
        subject.shard().log().recordedCursors(swarm, subject.log(), MAX_CURSORS);
    life.setIncomplete(cursors.size() == MAX_CURSORS);
    cursors.forEach(cursor -> absent.put(cursor.agent(), cursor.ackedOpId()));
    failures.keySet().forEach(agent -> absent.putIfAbsent(agent, 0L));
    subject
        .context()
        .sessions()
        .departures()
        .ofSwarm(swarm)
        .forEach(agent -> absent.putIfAbsent(agent, 0L));
    if (subject.operation().getTarget().hasAgent()) {
      absent.putIfAbsent(subject.operation().getTarget().getAgent(), 0L);
    }
    List<FateOfAgent> fates = new ArrayList<>();
    for (AgentSession session : subject.context().sessions().ofSwarm(swarm)) {
      absent.remove(session.agent());
      fates.add(ConnectedFate.find(subject, session, failures.get(session.agent())));
    }
    absent.forEach(
        (agent, ackedOpId) ->
            fates.add(AbsentFate.find(subject, agent, ackedOpId, failures.get(agent))));
    return fates;
  }

  private FateOfAgent fateOf(String agent) {
    String swarm = subject.swarm().name();
    OperationFailure failure = failures().get(agent);
    AgentSession session = subject.context().sessions().ofAgent(swarm, agent);
    if (session == null) {
      return AbsentFate.find(
          subject,
          agent,
          subject.shard().log().recordedCursor(swarm, agent, subject.log()),
          failure);
    }
    FateOfAgent found = ConnectedFate.find(subject, session, failure);
    View view = session.view(subject.log());
    return view == null ? found : found.with(view);
  }

  private Map<String, OperationFailure> failures() {
    Map<String, OperationFailure> failures = new HashMap<>();
    subject
        .shard()
        .log()
        .failuresOf(subject.swarm().name(), subject.log(), subject.opId())
        .forEach(failure -> failures.put(failure.agent(), failure));
    return failures;
  }

  private CommitTimes times() {
    return subject
        .shard()
        .deliveries()
        .times(subject.swarm().name(), subject.log(), subject.opId());
  }

  private long receivedNs() {
    return subject
        .shard()
        .deliveries()
        .receivedNs(subject.swarm().name(), subject.log(), subject.operation().getGroupFirst());
  }

  /** A moment of the monotonic clock on the wall clock; 0 if it is not known. */
  private long unixNs(long ns) {
    return ns == 0 ? 0 : subject.nowUnixNs() - (subject.nowNs() - ns);
  }
}
