package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Principal;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.Principals;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.deliver.Lane;
import dev.swarmlog.server.path.deliver.LaneRequest;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.server.path.drift.DriftWatch;
import dev.swarmlog.server.path.drift.Watched;
import dev.swarmlog.server.path.telemetry.TelemetrySubscription;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.Attach;
import dev.swarmlog.v1.ConnectedLane;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.LaneState;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One lane of a session: deliveries go down, acks come up.
 *
 * <p>It is always read, so that acks get through whatever the agent does with deliveries. Callbacks
 * come on the event loop; deliveries are sent by the lane on the stream's serial executor.
 */
final class DataStream implements StreamObserver<DataRequest> {

  private static final Logger logger = LoggerFactory.getLogger(DataStream.class);

  private final StreamContext context;
  private final Responder<Outbound> responder;
  private final Principal principal;
  private final Executor executor;
  private final FirstFrame firstFrame;
  private final IdleFrames idleFrames;

  // Set once, on the event loop, by Attach.
  private volatile @Nullable AgentSession session;
  private volatile @Nullable Lane lane;
  private volatile @Nullable OperationConduct conduct;
  private volatile @Nullable DriftWatch watch;
  private volatile @Nullable TelemetrySubscription telemetryLane;
  private volatile Log log = Log.LOG_UNSPECIFIED;

  // Event loop only.
  private long acknowledgedOpId;

  private DataStream(StreamContext context, ServerCallStreamObserver<Outbound> call) {
    this.context = context;
    this.responder = context.responder(call);
    this.principal = Principals.current();
    this.executor = context.serial().next();
    this.firstFrame = context.firstFrame("Attach", responder);
    this.idleFrames = new IdleFrames(context.limits(), context.time().monotonicNs());
  }

  static DataStream open(StreamContext context, ServerCallStreamObserver<Outbound> call) {
    DataStream stream = new DataStream(context, call);
    call.disableAutoRequest();
    stream.responder.whenReady(stream::wake);
    stream.responder.whenClosed(stream::closed);
    stream.responder.whenStalled(stream::stalled);
    call.request(1);
    return stream;
  }

  @Override
  public void onNext(DataRequest request) {
    switch (request.getFrameCase()) {
      case ATTACH -> attach(request.getAttach());
      case ACK -> ack(request.getAck());
      case DIGEST_REPORT -> answered(request.getDigestReport());
      case FRAME_NOT_SET -> Notices.send(Frames.unknown(), responder);
    }
    responder.requestOne();
  }

  @Override
  public void onError(Throwable failure) {
    closed();
  }

  @Override
  public void onCompleted() {
    // First, because a closed stream sends nothing more, and the client waits for this end.
    responder.complete();
    closed();
  }

  /** Ends the stream. Any thread. */
  void end(Refusal refusal) {
    firstFrame.forget();
    // In this order, because the lane may be just about to be opened: see keepUnlessEnded.
    responder.refuse(refusal);
    stopLane();
  }

  /** The stream cannot say why it ends, as nobody reads it: the session's Control stream does. */
  private void stalled(Refusal why) {
    AgentSession attached = session;
    if (attached == null) {
      end(why);
    } else {
      context.sessions().closed(attached);
      attached.end(why);
    }
  }

  @Nullable DriftWatch watch() {
    return watch;
  }

  /** Null before it is attached, and for telemetry. */
  @Nullable Lane lane() {
    return lane;
  }

  void bookmark() {
    Lane current = lane;
    if (current != null) {
      current.bookmark();
    }
  }

  /**
   * The agent has stopped at an operation of this lane, which it refuses.
   *
   * @param redelivery it was given the operation again
   * @param appliedBefore as the agent says
   */
  void stoppedAt(long opId, boolean redelivery, long appliedBefore) {
    Lane current = lane;
    OperationConduct counting = conduct;
    if (current != null && counting != null) {
      counting.stoppedAt(opId, redelivery, appliedBefore, current.progress().sentFirst());
    }
  }

  /** As told in heartbeats. */
  LaneState laneState(Log ofLog) {
    Lane current = lane;
    LaneState.Builder state = LaneState.newBuilder().setLog(ofLog);
    if (current != null) {
      Lane.Progress progress = current.progress();
      state
          .setLastSentOpId(progress.sentOpId())
          .setHeadOpId(current.headOpId())
          .setStalled(
              progress.state() == Lane.State.WAITING_FOR_READER
                  || progress.state() == Lane.State.WAITING_FOR_ACKS);
    }
    return state.build();
  }

  /** For people to read. */
  ConnectedLane describe(Log ofLog) {
    Lane current = lane;
    ConnectedLane.Builder connected = ConnectedLane.newBuilder().setLog(ofLog).setState("live");
    if (current != null) {
      Lane.Progress progress = current.progress();
      connected
          .setSentOpId(progress.sentOpId())
          .setAckedOpId(progress.ackedOpId())
          .setHeadOpId(current.headOpId())
          .setState(progress.state().text());
    }
    return connected.build();
  }

  private void attach(Attach attach) {
    if (!firstFrame.came()) {
      context.violated(session);
      closed();
      return;
    }
    AgentSession found = context.sessions().find(attach.getSessionId());
    if (found == null || !found.principal().equals(principal)) {
      responder.refuse(
          Refusal.of(
              ErrorReason.ERROR_REASON_SESSION_NOT_FOUND,
              "Expected an open session, but '%s' is not one: it may have ended."
                  .formatted(attach.getSessionId())));
      return;
    }
    log = attach.getLog();
    View view = found.view(log);
    if (view == null) {
      responder.refuse(
          Refusal.of(
              ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
              "Expected a log that the session's view holds scopes of, but got %s."
                  .formatted(LogName.of(log))));
      return;
    }
    session = found;
    if (log == Log.LOG_TELEMETRY) {
      attachTelemetry(found, view);
    } else {
      attachLog(found, attach);
    }
  }

  private void attachLog(AgentSession found, Attach attach) {
    SyncPlan plan = found.plan(log);
    if (plan == null) {
      responder.refuse(Admission.violation("Expected a plan for this log, but there is none."));
      return;
    }
    Refusal rejected = plan.refusal();
    if (rejected != null) {
      responder.refuse(rejected);
      return;
    }
    OperationConduct counting =
        new OperationConduct(
            context.breakers(), found.swarm(), found.agent(), plan.start().getOpId());
    LaneRequest request =
        new LaneRequest(
            found.swarm(),
            log,
            plan,
            found.syncs(),
            found.agent(),
            false,
            new LaneRequest.AgentTrace(attach.getTraceparent(), attach.getTracestate()));
    Lane opened =
        found
            .shard()
            .deliveries()
            .open(
                request,
                executor,
                new ResponderSink(responder, this::compare, counting, context.applyLag(found)));
    Refusal ended = found.attach(log, this);
    if (ended != null) {
      opened.close();
      notAttached(found, ended);
      return;
    }
    conduct = counting;
    lane = opened;
    if (found.reportsDrift()) {
      watch = context.drift().watch(watched(found, plan, opened), found.shard().writer());
    }
    keepUnlessEnded();
    opened.wake();
  }

  private Watched watched(AgentSession found, SyncPlan plan, Lane opened) {
    return new Watched(
        found.swarm(),
        found.agent(),
        log,
        plan,
        found.shard().log(),
        opened,
        executor,
        new ResponderDriftSink(responder),
        context.instruments());
  }

  private void compare(Scope scope, KeyInterval keys, Position at) {
    DriftWatch watching = watch;
    if (watching == null) {
      throw new IllegalStateException(
          "Expected a plan that asks nothing of an agent without CAPABILITY_DRIFT");
    }
    watching.compare(scope, keys, at);
  }

  private void attachTelemetry(AgentSession found, View view) {
    Refusal ended = found.attach(log, this);
    if (ended != null) {
      notAttached(found, ended);
      return;
    }
    TelemetrySubscription opened =
        context
            .telemetry()
            .subscribe(
                found.swarm(),
                view,
                executor,
                responder::isReady,
                delivery ->
                    responder.send(
                        new Outbound.Plain(
                            DataResponse.newBuilder().setTelemetry(delivery).build())));
    telemetryLane = opened;
    keepUnlessEnded();
    opened.wake();
  }

  private void ack(Ack ack) {
    Lane current = lane;
    AgentSession attached = session;
    if (attached == null) {
      responder.refuse(Admission.violation("Expected Attach first, but got an Ack."));
      return;
    }
    if (current == null) {
      return;
    }
    if (!isOfThisLane(ack.getApplied(), attached)) {
      context.violated(attached);
      Notices.send(foreignAck(), responder);
    } else if (isBeyondHead(ack.getApplied(), current, attached)) {
      Refusal beyond = beyondHead(ack.getApplied());
      logger.warn(
          "Swarm {}: agent {} says what cannot be. {}",
          attached.swarm(),
          attached.agent(),
          beyond.message());
      context.violated(attached);
      Notices.send(beyond, responder);
    } else {
      // An agent may have got from an earlier stream what this one has not sent yet, but from none
      // what is not in the log.
      long opId = atMost(current.headOpId(), ack.getApplied().getOpId());
      Refusal tooMany =
          opId > acknowledgedOpId ? null : idleFrames.count(context.time().monotonicNs());
      if (tooMany != null) {
        context.violated(attached);
        end(tooMany);
        return;
      }
      acknowledgedOpId = opId;
      current.acknowledged(opId, ack.getAppliedUnixNano());
      attached.shard().writer().noteCursor(attached.swarm(), attached.agent(), log, opId);
      DriftWatch watching = watch;
      if (watching != null) {
        watching.acknowledged(ack.getApplied(), ack.getSumsList(), ack.getLastRepairId());
      }
    }
  }

  private void answered(DigestReport report) {
    DriftWatch watching = watch;
    if (watching == null) {
      context.violated(session);
      responder.refuse(
          Admission.violation(
              "Expected no DigestReport before Attach and without CAPABILITY_DRIFT, but got one."));
    } else {
      watching.answered(report);
    }
  }

  private void notAttached(AgentSession found, Refusal ended) {
    if (ended.reason() == ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION) {
      context.violated(found);
    }
    responder.refuse(ended);
  }

  private boolean isOfThisLane(Position applied, AgentSession attached) {
    SyncPlan plan = attached.plan(log);
    return plan != null
        && applied.getLog() == log
        && applied.getIncarnation() == plan.head().getIncarnation()
        && applied.getEpoch() == plan.head().getEpoch();
  }

  /** The lane may not have heard yet of the newest of what is durable. */
  private boolean isBeyondHead(Position applied, Lane current, AgentSession attached) {
    long opId = applied.getOpId();
    return Long.compareUnsigned(opId, current.headOpId()) > 0
        && attached
            .shard()
            .log()
            .swarm(attached.swarm())
            .filter(swarm -> Long.compareUnsigned(opId, swarm.head(log).getOpId()) > 0)
            .isPresent();
  }

  private static Refusal beyondHead(Position applied) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
        "Expected an ack of what the log holds, but got one of operation %s, which is beyond its head: it is passed over."
            .formatted(Long.toUnsignedString(applied.getOpId())));
  }

  private static Refusal foreignAck() {
    return Refusal.of(
        ErrorReason.ERROR_REASON_EPOCH_MISMATCH,
        "Expected an ack with a position as this lane delivered it, but its log, incarnation or epoch is another one.");
  }

  private static long atMost(long headOpId, long opId) {
    return Long.compareUnsigned(opId, headOpId) > 0 ? headOpId : opId;
  }

  private void wake() {
    Lane current = lane;
    if (current != null) {
      current.wake();
    }
    TelemetrySubscription telemetry = telemetryLane;
    if (telemetry != null) {
      telemetry.wake();
    }
  }

  /** Another thread may have ended the stream before it could see the lane. */
  private void keepUnlessEnded() {
    if (responder.ended()) {
      stopLane();
    }
  }

  private void closed() {
    firstFrame.forget();
    responder.cancelled();
    stopLane();
    AgentSession attached = session;
    if (attached != null) {
      attached.detach(log, this);
    }
  }

  private void stopLane() {
    Lane current = lane;
    if (current != null) {
      current.close();
    }
    DriftWatch watching = watch;
    if (watching != null) {
      watching.close();
    }
    TelemetrySubscription telemetry = telemetryLane;
    if (telemetry != null) {
      telemetry.close();
    }
  }
}
