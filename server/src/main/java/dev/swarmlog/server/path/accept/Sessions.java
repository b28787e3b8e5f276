package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.ConnectedAgents;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.v1.ConnectedAgent;
import dev.swarmlog.v1.ErrorReason;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * All open sessions: at most one per agent of a swarm, the newest.
 *
 * <p>May be called from any thread.
 */
@Singleton
public final class Sessions implements ConnectedAgents {

  private record AgentKey(String swarm, String agent) {}

  private final Limits limits;
  private final TimeSource time;
  private final SerialExecutors serialExecutors;
  private final OpenStreams others;
  private final UnreadBytes unread;
  private final Map<String, AgentSession> byId = new ConcurrentHashMap<>();
  private final Map<AgentKey, AgentSession> byAgent = new ConcurrentHashMap<>();
  private final Departures departures = new Departures();
  private final AtomicLong arrivals = new AtomicLong();
  private volatile @Nullable String draining;

  @Inject
  Sessions(
      Limits limits,
      TimeSource time,
      SerialExecutors serialExecutors,
      OpenStreams others,
      UnreadBytes unread) {
    this.limits = limits;
    this.time = time;
    this.serialExecutors = serialExecutors;
    this.others = others;
    this.unread = unread;
  }

  /** Why no session can be opened now, if none can. */
  @Nullable Refusal full() {
    if (draining != null) {
      return Admission.shuttingDown();
    }
    if (byId.size() >= limits.maxSessions()) {
      return Refusal.of(
              ErrorReason.ERROR_REASON_OVERLOADED,
              "Expected at most %d sessions, but there are as many."
                  .formatted(limits.maxSessions()))
          .withRetryAfter(Admission.RETRY_AFTER);
    }
    return null;
  }

  /** A number for a Hello, in the order in which they come. */
  long arrived() {
    return arrivals.incrementAndGet();
  }

  /**
   * Opens a session; an older one of the same agent is ended. Plans take their time, so the Hello
   * that came last need not be the last to get here.
   *
   * @return why it is not opened, if a newer one is open already
   */
  @Nullable Refusal open(AgentSession session) {
    byId.put(session.id(), session);
    AtomicReference<AgentSession> before = new AtomicReference<>();
    AgentSession newest =
        byAgent.merge(
            new AgentKey(session.swarm(), session.agent()),
            session,
            (present, opened) -> {
              before.set(present);
              return present.arrival() > opened.arrival() ? present : opened;
            });
    if (newest != session) {
      byId.remove(session.id());
      return supersededBy(newest);
    }
    AgentSession older = before.get();
    if (older != null) {
      byId.remove(older.id());
      older.end(supersededBy(session));
    }
    return null;
  }

  private static Refusal supersededBy(AgentSession newer) {
    return AgentSession.superseded(
        "Expected one session of agent '%s', but instance '%s' opened a newer one."
            .formatted(newer.agent(), newer.instance()));
  }

  /** The session of an agent; null if it is not connected. */
  @Nullable AgentSession ofAgent(String swarm, String agent) {
    return byAgent.get(new AgentKey(swarm, agent));
  }

  @Nullable AgentSession find(String sessionId) {
    return byId.get(sessionId);
  }

  void closed(AgentSession session) {
    closed(session, time.unixNs());
  }

  private void closed(AgentSession session, long lastSeenUnixNs) {
    byId.remove(session.id());
    if (byAgent.remove(new AgentKey(session.swarm(), session.agent()), session)) {
      departures.left(session.swarm(), session.agent(), lastSeenUnixNs);
    }
  }

  /** Those that have left. */
  Departures departures() {
    return departures;
  }

  /** One session for each agent that is connected; a view that changes. */
  Collection<AgentSession> all() {
    return byAgent.values();
  }

  /** The sessions of a swarm. */
  List<AgentSession> ofSwarm(String swarm) {
    return byAgent.values().stream().filter(session -> session.swarm().equals(swarm)).toList();
  }

  /** Ends sessions whose heartbeats have stopped. Called once in a while by the timer. */
  public void endSilent() {
    long nowNs = time.monotonicNs();
    for (AgentSession session : byId.values()) {
      if (nowNs - session.lastHeartbeatNs() > limits.heartbeatTimeout().toNanos()) {
        closed(session, session.lastHeartbeatUnixNs());
        session.end(
            Refusal.of(
                ErrorReason.ERROR_REASON_HEARTBEAT_TIMEOUT,
                "Expected a heartbeat every %d ms, but none came for %d ms."
                    .formatted(
                        limits.heartbeatInterval().toMillis(),
                        limits.heartbeatTimeout().toMillis())));
      }
    }
  }

  /** Ends streams whose clients do not read, where there is no room for that. Likewise. */
  public void endStalled() {
    unread.tidy();
  }

  /**
   * Opens nothing more, asks every agent to come back later, and ends the streams that have no
   * session.
   */
  public void drain(String reason) {
    draining = reason;
    byId.values().forEach(session -> session.drain(reason));
    others.drain();
  }

  boolean draining() {
    return draining != null;
  }

  /** Ends what is still open, and the threads that send. */
  public void close() throws InterruptedException {
    for (AgentSession session : List.copyOf(byId.values())) {
      closed(session);
      session.end(Admission.shuttingDown());
    }
    serialExecutors.close();
  }

  @Override
  public Page inSwarm(String swarm, String token, int size) {
    List<AgentSession> all = ofSwarm(swarm);
    List<AgentSession> rest =
        all.stream()
            .filter(session -> session.agent().compareTo(token) > 0)
            .sorted(Comparator.comparing(AgentSession::agent))
            .toList();
    int listed = size <= 0 ? rest.size() : Math.min(size, limits.maxListPageSize());
    List<ConnectedAgent> page = rest.stream().limit(listed).map(AgentSession::describe).toList();
    String nextToken = page.size() < rest.size() ? page.get(page.size() - 1).getAgent() : "";
    return new Page(page, nextToken, all.size());
  }

  @Override
  public int count(String swarm) {
    return (int) byAgent.keySet().stream().filter(key -> key.swarm().equals(swarm)).count();
  }

  @Override
  public List<Standing> standings() {
    long nowNs = time.monotonicNs();
    return byAgent.values().stream()
        .map(
            session ->
                new Standing(
                    session.swarm(), nowNs - session.lastHeartbeatNs(), session.connectedLanes()))
        .toList();
  }

  @Override
  public int sessionCount() {
    return byId.size();
  }
}
