package dev.swarmlog.sdk;

import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Drain;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Welcome;
import io.grpc.Status;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The agent's side of a session: everything that is decided, and nothing that is done. Frames,
 * timers, ends of streams and finished batches come in as calls; what is to be done goes out to
 * {@link Output}. No input or output, no clock, no thread; not thread-safe.
 *
 * <table>
 * <caption>Transitions; any other input leaves the state as it is</caption>
 * <tr><th>in</th><th>on</th><th>to</th><th>doing</th></tr>
 * <tr><td>WAITING</td><td>start</td><td>CONNECTING</td><td>open Control with Hello</td></tr>
 * <tr><td>CONNECTING</td><td>Welcome</td><td>CATCHING_UP</td><td>open idle lanes, heartbeat</td></tr>
 * <tr><td>CONNECTING</td><td>Welcome with a REJECT</td><td>FAILED</td><td>end streams, tell why</td></tr>
 * <tr><td>CONNECTING</td><td>handshake timer</td><td>WAITING</td><td>end streams, reconnect timer</td></tr>
 * <tr><td>CATCHING_UP</td><td>CaughtUp on the last lane</td><td>LIVE</td><td></td></tr>
 * <tr><td>LIVE</td><td>FellBehind</td><td>CATCHING_UP</td><td></td></tr>
 * <tr><td>CONNECTING, CATCHING_UP, LIVE</td><td>retryable end of a stream</td><td>WAITING</td><td>end streams, reconnect timer</td></tr>
 * <tr><td>CATCHING_UP, LIVE</td><td>gap, differing state, plan that does not fit, three heartbeats unanswered</td><td>WAITING</td><td>end streams, reconnect timer</td></tr>
 * <tr><td>CATCHING_UP, LIVE</td><td>Drain</td><td>DRAINING</td><td>read nothing more</td></tr>
 * <tr><td>DRAINING (coordinator's)</td><td>last batch applied, or stream ended</td><td>WAITING</td><td>end streams, reconnect timer</td></tr>
 * <tr><td>WAITING</td><td>reconnect timer</td><td>CONNECTING</td><td>open Control with Hello</td></tr>
 * <tr><td>any but CLOSED, FAILED</td><td>terminal end of a stream, handler stopped</td><td>FAILED</td><td>end streams, tell why</td></tr>
 * <tr><td>any but CLOSED, FAILED</td><td>close</td><td>DRAINING</td><td>read nothing more</td></tr>
 * <tr><td>DRAINING (our own)</td><td>last batch applied, or stream ended, or abort</td><td>CLOSED</td><td>end streams</td></tr>
 * </table>
 *
 * While it is WAITING because it is not served, a connection that is lost brings the reconnect
 * timer forward.
 *
 * <p>A batch held by a handler survives all of that: see {@link LaneSession}.
 */
final class AgentSession {
  static final long HANDSHAKE_TIMEOUT_NS =
      ContractConduct.nanos(ContractConduct.SESSION.getHandshakeTimeoutMs());

  /** What the session wants done. None of it blocks. */
  interface Output extends LaneSession.Output {
    /** Open Control and send Hello. */
    void openControl(Hello hello);

    /** Open a Data stream and attach it, to follow the plan; ask for no frame yet. */
    void openLane(String sessionId, Log log, LogPlan plan);

    /** A lane that is attached is given a delta, from one position to the other. */
    void deltaBegan(Position from, Position head);

    /**
     * What a plan or a delta brought is applied and committed.
     *
     * @param report null where the coordinator sends no receipts
     * @param received operations that came since the lane was attached
     * @param duplicates of them those that had come before
     */
    void syncEnded(Log log, @Nullable SyncReport report, long received, long duplicates);

    /**
     * End every stream of the session; gently lets what was written arrive. Nothing of them may
     * come in any more.
     */
    void endStreams(boolean gently);

    /**
     * Tell the coordinator that the agent lives.
     *
     * @param known what the session knows of it; when it is sent, and how long handlers have been
     *     running or are held, is to be added
     */
    void sendHeartbeat(Heartbeat.Builder known);
  }

  private final Hello identity;
  private final Output output;
  private final AgentListener listener;
  private final Backoff backoff;
  private final Map<Log, LaneSession> lanes = new EnumMap<>(Log.class);
  private final Heartbeats heartbeats = new Heartbeats();

  private AgentState state = AgentState.WAITING;
  private boolean closing;
  private @Nullable String sessionId;
  private @Nullable Duration drainedFor;
  // While WAITING, when that is over, and whether the coordinator said so because it does not serve
  // the agent.
  private long reconnectAtNs;
  private boolean notServed;
  // The session was established, and ended by the other side: perhaps for many agents at once.
  private boolean lost;

  /**
   * A session that has not begun.
   *
   * @param identity Hello without positions
   * @param logs the lanes of the view
   * @param lacking the lanes of which the user's state lacks keys that are held by the index
   * @param stateIntervalNs how often the user's state is compared at most; null: there is none to
   *     ask
   */
  AgentSession(
      Hello identity,
      Collection<Log> logs,
      AgentCursor cursor,
      Set<Log> lacking,
      Output output,
      AgentListener listener,
      Supplier<Backoff> backoffs,
      @Nullable Long stateIntervalNs) {
    this.identity = identity;
    this.output = output;
    this.listener = listener;
    this.backoff = backoffs.get();
    for (Log log : logs) {
      lanes.put(
          log,
          new LaneSession(
              log,
              cursor.resume(log),
              lacking.contains(log),
              output,
              backoffs.get(),
              new HandlerBreaker(backoffs.get()),
              new SumsSchedule(stateIntervalNs)));
    }
  }

  AgentState state() {
    return state;
  }

  Optional<ClockOffset> clockOffset() {
    return heartbeats.clockOffset();
  }

  LaneSession lane(Log log) {
    LaneSession lane = lanes.get(log);
    if (lane == null) {
      throw new IllegalArgumentException("Expected a lane of the view, but got " + Lanes.name(log));
    }
    return lane;
  }

  void start() {
    connect();
  }

  void controlFrame(ControlResponse frame, long nowNs, long nowUnixNs) {
    switch (frame.getFrameCase()) {
      case WELCOME -> welcome(frame.getWelcome(), nowNs);
      case HEARTBEAT_REPLY -> heartbeats.answered(frame.getHeartbeatReply(), nowUnixNs);
      case DRAIN -> drain(frame.getDrain(), nowNs);
      case NACK_REPLY -> nackReply(frame.getNackReply());
      case NOTICE, FRAME_NOT_SET -> {
        // A frame of a later version; what must not be missed would come as a capability we did not
        // ask for.
      }
    }
  }

  void laneFrame(Log log, DataResponse frame, long nowNs) {
    outcome(lane(log), lane(log).frame(frame), nowNs);
  }

  /** A stream of the session ended, or could not be opened. */
  void streamEnded(Failure failure, long nowNs) {
    if (state.isFinal() || state == AgentState.WAITING) {
      return;
    }
    if (closing) {
      finish(AgentState.CLOSED);
    } else if (failure.retryable()) {
      lost = sessionId != null;
      disconnect(failure, nowNs);
    } else {
      fail(failure);
    }
  }

  /** Whether the agent waits because the coordinator does not serve it for a time. */
  boolean waitsUnserved() {
    return state == AgentState.WAITING && notServed;
  }

  /**
   * The connection is lost over which the coordinator said for how long it does not serve the
   * agent. What comes back may be another one, which knows nothing of that: so the agent comes
   * within 30 s, spread over them as all others that lost it.
   */
  void connectionLost(long nowNs) {
    if (!waitsUnserved() || closing) {
      return;
    }
    long delayNs = backoff.anyDelayNs();
    if (delayNs < reconnectAtNs - nowNs) {
      reconnectAtNs = nowNs + delayNs;
      output.startTimer(new TimerKey(TimerKey.Kind.RECONNECT, null), delayNs);
    }
  }

  /**
   * The handler is done with the lane's step, and it is committed.
   *
   * @param appliedUnixNs when that was, by the agent's clock
   */
  void applied(Log log, PreparedStep done, long nowNs, long appliedUnixNs) {
    LaneSession lane = lane(log);
    outcome(lane, lane.applied(done, appliedUnixNs), nowNs);
    attachIfWaiting(lane, nowNs);
    finishDrainIfIdle(nowNs);
  }

  /** The handler failed and is to try again. */
  void applyFailed(Log log, long nowNs) {
    lane(log).applyFailed();
    finishDrainIfIdle(nowNs);
  }

  /** The handler cannot apply an operation, and the coordinator is to say what becomes of it. */
  void refused(Log log, Nack nack, int appliedBefore, long nowNs) {
    lane(log).refused(nack, appliedBefore);
    finishDrainIfIdle(nowNs);
  }

  /** The handler cannot go on. */
  void handlerStopped(Failure failure) {
    if (!state.isFinal()) {
      fail(failure);
    }
  }

  void timer(TimerKey key, long nowNs) {
    switch (key.kind()) {
      case RECONNECT -> {
        if (state == AgentState.WAITING && !closing) {
          connect();
        }
      }
      case HANDSHAKE -> {
        if (state == AgentState.CONNECTING) {
          disconnect(
              Failure.local(
                  Status.Code.DEADLINE_EXCEEDED,
                  "Expected an answer to Hello within %d s, but there was none"
                      .formatted(HANDSHAKE_TIMEOUT_NS / 1_000_000_000)),
              nowNs);
        }
      }
      case HEARTBEAT -> heartbeatDue(nowNs);
      case RETRY -> {
        if (!state.isFinal() && !closing && key.lane() != null) {
          lane(key.lane()).retryDue();
        }
      }
      case NACK -> {
        if (!state.isFinal() && !closing && key.lane() != null) {
          lane(key.lane()).nackDue();
        }
      }
      case BREAKER -> {
        if (!state.isFinal() && !closing && key.lane() != null) {
          lane(key.lane()).breakerDue();
        }
      }
      case FLUSH -> {
        if (!state.isFinal() && key.lane() != null) {
          lane(key.lane()).flush();
        }
      }
      case SUMS -> {
        if (!state.isFinal() && key.lane() != null) {
          lane(key.lane()).sumsDue();
        }
      }
    }
  }

  /** Finishes what handlers hold, and closes. */
  void close(long nowNs) {
    if (state.isFinal() || closing) {
      return;
    }
    closing = true;
    lanes.values().forEach(LaneSession::flush);
    lanes.values().forEach(LaneSession::pause);
    enter(AgentState.DRAINING);
    finishDrainIfIdle(nowNs);
  }

  /** Closes without waiting for handlers any longer. */
  void abort() {
    if (!state.isFinal()) {
      finish(AgentState.CLOSED);
    }
  }

  private void connect() {
    Hello.Builder hello = identity.toBuilder();
    for (LaneSession lane : lanes.values()) {
      LogResume resume = lane.present();
      if (resume != null) {
        hello.addResume(resume);
      }
    }
    drainedFor = null;
    enter(AgentState.CONNECTING);
    output.startTimer(new TimerKey(TimerKey.Kind.HANDSHAKE, null), HANDSHAKE_TIMEOUT_NS);
    output.openControl(hello.build());
  }

  private void welcome(Welcome welcome, long nowNs) {
    if (state != AgentState.CONNECTING) {
      return;
    }
    for (LogPlan plan : welcome.getPlansList()) {
      if (plan.getPlan() == Plan.PLAN_REJECT) {
        fail(Failure.of(plan.getStatus()));
        return;
      }
    }
    backoff.succeeded(nowNs);
    sessionId = welcome.getSessionId();
    heartbeats.begin(welcome.getHeartbeatIntervalMs());
    enter(AgentState.CATCHING_UP);
    listener.connected(welcome.getSessionId(), welcome.getPlansList());
    for (LogPlan plan : welcome.getPlansList()) {
      if (plan.getLostCount() > 0) {
        listener.lost(plan.getLog(), plan.getLostList());
      }
      tellParted(plan);
    }
    Map<Log, LogPlan> plans = new EnumMap<>(Log.class);
    welcome.getPlansList().forEach(plan -> plans.put(plan.getLog(), plan));
    SessionTerms terms = SessionTerms.of(welcome);
    for (LaneSession lane : lanes.values()) {
      lane.plan(plans.getOrDefault(lane.log(), LogPlan.getDefaultInstance()), terms);
    }
    lanes.values().forEach(lane -> attachIfWaiting(lane, nowNs));
    heartbeatDue(nowNs);
  }

  /** What a handler still has counts as applied. */
  private void tellParted(LogPlan plan) {
    LaneSession lane = lanes.get(plan.getLog());
    Position applied = lane == null ? null : lane.applied();
    if (applied == null
        || applied.getOpId() == 0
        || !plan.hasStart()
        || Deliveries.isSameHistory(applied, plan.getStart())
        || Deliveries.isShared(applied, plan)) {
      return;
    }
    listener.parted(applied, plan.hasFork() ? Optional.of(plan.getFork()) : Optional.empty());
  }

  private void nackReply(NackReply reply) {
    LaneSession lane = lanes.get(reply.getLog());
    if (!state.isFinal() && lane != null && lane.nackReply(reply)) {
      listener.nackAnswered(reply);
      if (lane.heldForNs() > 0) {
        listener.handlerHeld(lane.log(), Duration.ofNanos(lane.heldForNs()));
      }
    }
  }

  private void attachIfWaiting(LaneSession lane, long nowNs) {
    if (sessionId == null || !inSession() || !lane.canAttach()) {
      return;
    }
    String misfit = lane.planMisfit();
    if (misfit != null) {
      disconnect(Failure.local(Status.Code.ABORTED, misfit), nowNs);
      return;
    }
    output.openLane(sessionId, lane.log(), lane.plan());
    lane.attach();
  }

  private void outcome(LaneSession lane, LaneOutcome outcome, long nowNs) {
    if (outcome instanceof LaneOutcome.CaughtUp caughtUp) {
      output.syncEnded(lane.log(), caughtUp.report(), lane.received(), lane.duplicates());
      if (caughtUp.report() != null) {
        listener.synced(caughtUp.report());
      }
      Position position = lane.position();
      listener.caughtUp(
          position == null ? Position.newBuilder().setLog(lane.log()).build() : position,
          lane.received(),
          lane.duplicates());
      if (state == AgentState.CATCHING_UP
          && lanes.values().stream().allMatch(LaneSession::isCaughtUp)) {
        enter(AgentState.LIVE);
      }
    } else if (outcome instanceof LaneOutcome.FellBehind behind) {
      Position position = lane.position();
      Position from = position == null ? behind.head().toBuilder().setOpId(0).build() : position;
      output.deltaBegan(from, behind.head());
      listener.fellBehind(from, behind.head());
      if (state == AgentState.LIVE) {
        enter(AgentState.CATCHING_UP);
      }
    } else if (outcome instanceof LaneOutcome.Repaired repaired) {
      listener.drifted(repaired.report());
    } else if (outcome instanceof LaneOutcome.Dropped dropped) {
      listener.telemetryDropped(dropped.count());
    } else if (outcome instanceof LaneOutcome.Resync resync) {
      if (resync.report() != null) {
        output.syncEnded(lane.log(), resync.report(), lane.received(), lane.duplicates());
        listener.synced(resync.report());
      }
      if (inSession()) {
        disconnect(Failure.local(Status.Code.ABORTED, resync.why()), nowNs);
      }
    }
  }

  private void heartbeatDue(long nowNs) {
    if (sessionId == null || state.isFinal() || state == AgentState.WAITING) {
      return;
    }
    if (heartbeats.areUnanswered()) {
      streamEnded(
          Failure.local(
              Status.Code.UNAVAILABLE,
              "Expected an answer to one of the last %d heartbeats, but there was none"
                  .formatted(Heartbeats.MAX_UNANSWERED)),
          nowNs);
      return;
    }
    output.sendHeartbeat(
        heartbeats
            .next()
            .setIgnoredDuplicates(lanes.values().stream().mapToLong(LaneSession::ignored).sum())
            .setOutOfOrder(lanes.values().stream().mapToLong(LaneSession::outOfOrder).sum()));
    output.startTimer(new TimerKey(TimerKey.Kind.HEARTBEAT, null), heartbeats.intervalNs());
  }

  private void drain(Drain drain, long nowNs) {
    if (!inSession()) {
      return;
    }
    drainedFor = Duration.ofMillis(drain.getReconnectAfterMs());
    lanes.values().forEach(LaneSession::pause);
    enter(AgentState.DRAINING);
    listener.draining(drain.getReason());
    finishDrainIfIdle(nowNs);
  }

  private void finishDrainIfIdle(long nowNs) {
    if (state != AgentState.DRAINING || lanes.values().stream().anyMatch(LaneSession::isApplying)) {
      return;
    }
    if (closing) {
      finish(AgentState.CLOSED);
    } else {
      disconnect(
          Failure.local(Status.Code.UNAVAILABLE, "The coordinator asked to connect again"), nowNs);
    }
  }

  private void disconnect(Failure why, long nowNs) {
    Duration atLeast = why.retryAfter();
    if (drainedFor != null && (atLeast == null || atLeast.compareTo(drainedFor) < 0)) {
      atLeast = drainedFor;
    }
    boolean gently = state == AgentState.DRAINING;
    endSession(gently);
    long delayNs =
        lost ? backoff.delayAfterLossNs(nowNs, atLeast) : backoff.nextDelayNs(nowNs, atLeast);
    lost = false;
    reconnectAtNs = nowNs + delayNs;
    notServed = why.reason() == ErrorReason.ERROR_REASON_BREAKER_OPEN;
    enter(AgentState.WAITING);
    listener.disconnected(why.toRetryable(), Duration.ofNanos(delayNs));
    output.startTimer(new TimerKey(TimerKey.Kind.RECONNECT, null), delayNs);
  }

  private void fail(Failure why) {
    endSession(false);
    listener.refused(why.toTerminal());
    enter(AgentState.FAILED);
  }

  private void finish(AgentState last) {
    endSession(true);
    enter(last);
  }

  private void endSession(boolean gently) {
    sessionId = null;
    output.endStreams(gently);
    lanes.values().forEach(LaneSession::detach);
  }

  private boolean inSession() {
    return state == AgentState.CATCHING_UP || state == AgentState.LIVE;
  }

  private void enter(AgentState next) {
    if (next != state) {
      state = next;
      listener.stateChanged(next);
    }
  }
}
