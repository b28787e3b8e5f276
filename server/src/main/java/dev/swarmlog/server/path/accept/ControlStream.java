package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Principal;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.Connection;
import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.server.grpc.Principals;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.Exclusion;
import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.Drain;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.HeartbeatReply;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Welcome;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * The stream that opens a session and keeps it alive.
 *
 * <p>It is read one frame at a time: the next is asked for when the last was answered. Callbacks
 * come on the event loop, except that the plan is made on reading threads between Hello and
 * Welcome, while no frame is asked for.
 */
final class ControlStream implements StreamObserver<ControlRequest> {

  private final StreamContext context;
  private final Responder<ControlResponse> responder;
  private final Principal principal;
  private final String peer;
  private final FirstFrame firstFrame;

  private final IdleFrames idleFrames;

  /**
   * Whether the agent is not served. Owned by the event loop, as is when it last did as it should.
   */
  private boolean excluded;

  private long behavedNs;

  private volatile @Nullable AgentSession session;
  private volatile @Nullable SessionNacks nacks;

  private ControlStream(StreamContext context, ServerCallStreamObserver<ControlResponse> call) {
    this.context = context;
    this.responder = context.responder(call);
    this.principal = Principals.current();
    this.peer = Peers.current();
    this.firstFrame = context.firstFrame("Hello", responder);
    this.idleFrames = new IdleFrames(context.limits(), context.time().monotonicNs());
    this.behavedNs = context.time().monotonicNs();
  }

  static ControlStream open(StreamContext context, ServerCallStreamObserver<ControlResponse> call) {
    ControlStream stream = new ControlStream(context, call);
    call.disableAutoRequest();
    stream.responder.whenReady(stream::flush);
    stream.responder.whenClosed(stream::closed);
    call.request(1);
    return stream;
  }

  @Override
  public void onNext(ControlRequest request) {
    switch (request.getFrameCase()) {
      case HELLO -> hello(request.getHello());
      case HEARTBEAT -> heartbeat(request.getHeartbeat());
      case NACK -> nack(request.getNack());
      case FRAME_NOT_SET -> {
        responder.sendIfReady(
            ControlResponse.newBuilder().setNotice(ErrorStatus.of(Frames.unknown())).build());
        responder.requestOne();
      }
    }
  }

  @Override
  public void onError(Throwable failure) {
    closed();
  }

  @Override
  public void onCompleted() {
    if (excluded) {
      // It is told when the time has come, even if it has nothing more to say.
      return;
    }
    // First, because a closed stream sends nothing more, and the client waits for this end.
    responder.complete();
    closed();
  }

  /** Ends the stream. Any thread. */
  void end(Refusal refusal) {
    firstFrame.forget();
    responder.refuse(refusal);
  }

  /** Asks the agent to come back later. Any thread. */
  void drain(String reason) {
    responder.send(
        ControlResponse.newBuilder()
            .setDrain(
                Drain.newBuilder()
                    .setReason(reason)
                    .setReconnectAfterMs((int) Admission.RETRY_AFTER.toMillis()))
            .build());
  }

  private void hello(Hello hello) {
    if (!firstFrame.came()) {
      context.violated(session);
      closed();
      return;
    }
    Refusal refusal = context.admission().checkHello(hello);
    if (refusal == null) {
      refusal = context.sessions().full();
    }
    if (refusal == null) {
      refusal = context.overloaded();
    }
    if (refusal == null) {
      refusal = context.drift().stopped(hello.getSwarm(), hello.getAgent());
    }
    if (refusal != null) {
      responder.refuse(refusal);
      return;
    }
    Exclusion exclusion = paced(hello.getSwarm(), hello.getAgent());
    if (exclusion != null) {
      excluded = true;
      context.heldCalls().refuse(exclusion, responder);
      return;
    }
    Connection.serves(hello.getSwarm(), hello.getAgent());
    long arrival = context.sessions().arrived();
    context
        .admission()
        .enter(
            hello.getSwarm(),
            responder.orRefuse(
                (shard, swarm) -> new Opening(hello, arrival, shard, swarm).begin()));
  }

  /** Why the agent is not served; one that comes back at once too often will not be. */
  private @Nullable Exclusion paced(String swarm, String agent) {
    boolean atOnce = context.pace().atOnce(swarm, agent);
    Exclusion exclusion = context.breakers().exclusion(swarm, agent);
    if (exclusion == null && atOnce) {
      context.breakers().failed(swarm, agent, BreakerCause.BREAKER_CAUSE_RETRIES);
      return context.breakers().exclusion(swarm, agent);
    }
    if (exclusion == null) {
      context.breakers().succeeded(swarm, agent, BreakerCause.BREAKER_CAUSE_RETRIES, 1);
    }
    return exclusion;
  }

  /** Plans on reading threads, then opens the session. */
  private final class Opening {

    private final Hello hello;
    private final long arrival;
    private final Shard shard;
    private final SwarmState swarm;

    private @Nullable SessionPlans plans;

    Opening(Hello hello, long arrival, Shard shard, SwarmState swarm) {
      this.hello = hello;
      this.arrival = arrival;
      this.shard = shard;
      this.swarm = swarm;
    }

    void begin() {
      new SteppedRead(context.readers(), responder, () -> true, this::step, "opening a session")
          .wake();
    }

    private boolean step() {
      SessionPlans underWay = plans;
      if (underWay == null) {
        underWay = new SessionPlans(shard.deliveries(), swarm, hello);
        plans = underWay;
      }
      try {
        if (underWay.step()) {
          return true;
        }
      } catch (BelowHorizonException e) {
        responder.refuse(Refusal.of(e).forSession());
        return false;
      }
      open(underWay);
      return false;
    }

    private void open(SessionPlans made) {
      AgentSession opened =
          new AgentSession(
              context.newSessionId(),
              arrival,
              hello,
              principal,
              peer,
              shard,
              made.views(),
              made.plans(),
              ControlStream.this,
              context.time().unixNs(),
              context.time().monotonicNs());
      session = opened;
      if (opened.refusesOperations()) {
        nacks = new SessionNacks(context, opened, responder);
      }
      Refusal superseded = context.sessions().open(opened);
      if (superseded != null) {
        responder.refuse(superseded);
        return;
      }
      if (responder.ended()) {
        // The agent left while its plan was made.
        closed();
        return;
      }
      context.historyAlarm().planned(opened, made);
      responder.send(ControlResponse.newBuilder().setWelcome(welcome(opened, made)).build());
      responder.requestOne();
    }
  }

  private Welcome welcome(AgentSession opened, SessionPlans made) {
    Welcome.Builder welcome =
        Welcome.newBuilder()
            .setSessionId(opened.id())
            .setProtocol(Admission.PROTOCOL)
            .setCapabilities(opened.capabilities())
            .setLimits(
                context.limits().toProto().toBuilder()
                    .setDriftCheckIntervalMs(context.drift().checkInterval().toMillis()))
            .setPrincipal(principal.name())
            .setOwner("shard " + opened.shard().index())
            .setHeartbeatIntervalMs((int) context.limits().heartbeatInterval().toMillis())
            .setServerVersion(context.identity().version())
            .setChoosesTraced(true);
    made.plans()
        .forEach(
            (log, plan) ->
                welcome.addPlans(SyncPlans.toProto(opened.shard().log(), made.reader(log), plan)));
    if (opened.view(Log.LOG_TELEMETRY) != null) {
      welcome.addPlans(
          LogPlan.newBuilder()
              .setLog(Log.LOG_TELEMETRY)
              .setPlan(Plan.PLAN_CURRENT)
              .setReason("telemetry is delivered from now on"));
    }
    return welcome.build();
  }

  private void heartbeat(Heartbeat heartbeat) {
    long receivedUnixNs = context.time().unixNs();
    AgentSession current = session;
    if (current == null) {
      responder.refuse(Admission.violation("Expected Hello first, but got a Heartbeat."));
      return;
    }
    long nowNs = context.time().monotonicNs();
    Refusal tooMany = idleFrames.count(nowNs);
    if (tooMany != null) {
      context.violated(current);
      responder.refuse(tooMany);
      closed();
      return;
    }
    current.heartbeat(receivedUnixNs, nowNs, heartbeat);
    context.counted(current, heartbeat);
    behaved(current, nowNs);
    current.bookmark();
    responder.sendIfReady(
        ControlResponse.newBuilder()
            .setHeartbeatReply(
                HeartbeatReply.newBuilder()
                    .setNumber(heartbeat.getNumber())
                    .setAgentSentUnixNano(heartbeat.getSentUnixNano())
                    .setReceivedUnixNano(receivedUnixNs)
                    .addAllLanes(current.laneStates())
                    .setSentUnixNano(context.time().unixNs()))
            .build());
    responder.requestOne();
  }

  /** Once per interval: else an agent could make up for anything by heartbeats. */
  private void behaved(AgentSession current, long nowNs) {
    if (nowNs - behavedNs >= context.limits().heartbeatInterval().toNanos() / 2) {
      behavedNs = nowNs;
      context
          .breakers()
          .succeeded(current.swarm(), current.agent(), BreakerCause.BREAKER_CAUSE_VIOLATIONS, 1);
    }
  }

  private void nack(Nack nack) {
    SessionNacks refused = nacks;
    if (refused == null) {
      context.violated(session);
      responder.refuse(
          Admission.violation(
              "Expected no Nack before Hello and without CAPABILITY_NACK, but got one."));
      return;
    }
    refused.received(nack);
    responder.requestOne();
  }

  private void flush() {
    SessionNacks refused = nacks;
    if (refused != null) {
      refused.flush();
    }
  }

  private void closed() {
    firstFrame.forget();
    responder.cancelled();
    AgentSession current = session;
    if (current != null) {
      context.sessions().closed(current);
      current.end(
          Refusal.of(
              ErrorReason.ERROR_REASON_SESSION_NOT_FOUND,
              "The session ended with its Control stream."));
    }
  }
}
