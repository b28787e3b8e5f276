package dev.swarmlog.cli;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Attach;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.HeartbeatReply;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Self;
import dev.swarmlog.v1.SessionServiceGrpc;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * An agent, by its frames, that says only what it is told to: above all which operations it
 * refuses. Used by one test thread.
 */
final class RefusingAgent implements AutoCloseable {

  private static final long TIMEOUT_S = 30;
  private static final long BEAT_EVERY_S = 5;
  private static final View VIEW =
      View.newBuilder()
          .addScopes(all(Topic.TOPIC_COMMANDS))
          .addScopes(self(Topic.TOPIC_COMMANDS))
          .addScopes(all(Topic.TOPIC_ALERTS))
          .build();

  private final ManagedChannel channel;
  private final Incoming<ControlResponse> control = new Incoming<>();
  private final Incoming<DataResponse> lane = new Incoming<>();
  private final StreamObserver<ControlRequest> requests;
  private final StreamObserver<DataRequest> laneRequests;
  private final ScheduledExecutorService alive = Executors.newSingleThreadScheduledExecutor();

  /** Connects, and attaches its main lane. */
  RefusingAgent(String target, String swarm, String agent) throws InterruptedException {
    channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
    SessionServiceGrpc.SessionServiceStub sessions = SessionServiceGrpc.newStub(channel);
    requests = sessions.control(control);
    requests.onNext(
        ControlRequest.newBuilder()
            .setHello(
                Hello.newBuilder()
                    .setProtocolMin(1)
                    .setProtocolMax(1)
                    .setSwarm(swarm)
                    .setAgent(agent)
                    .setInstance(agent + "-1")
                    .setSdk("test/1")
                    .setCapabilities(Capability.CAPABILITY_NACK_VALUE)
                    .setView(VIEW))
            .build());
    String session = control.next().getWelcome().getSessionId();
    laneRequests = sessions.data(lane);
    laneRequests.onNext(
        DataRequest.newBuilder()
            .setAttach(Attach.newBuilder().setSessionId(session).setLog(Log.LOG_MAIN))
            .build());
  }

  private static ViewScope all(Topic topic) {
    return ViewScope.newBuilder().setTopic(topic).setAll(AllAgents.getDefaultInstance()).build();
  }

  private static ViewScope self(Topic topic) {
    return ViewScope.newBuilder().setTopic(topic).setSelf(Self.getDefaultInstance()).build();
  }

  /** Waits until an operation of main has come, and answers where the agent stands then. */
  Position awaitOperation(long opId) throws InterruptedException {
    Position at = Position.getDefaultInstance();
    while (at.getOpId() < opId) {
      DataResponse frame = lane.next();
      at = frame.hasDelivery() ? frame.getDelivery().getTo() : at;
    }
    return at;
  }

  /** Waits until an operation of main is given again. */
  void awaitRedelivery() throws InterruptedException {
    while (lane.next().getDelivery().getOperationsList().stream().noneMatch(Operation::hasOrigin)) {
      // Something else came.
    }
  }

  /**
   * Says that everything up to there was applied.
   *
   * @param appliedUnixNs when, by the agent's clock; 0 to say nothing of it
   */
  void acknowledge(Position applied, long appliedUnixNs) {
    laneRequests.onNext(
        DataRequest.newBuilder()
            .setAck(Ack.newBuilder().setApplied(applied).setAppliedUnixNano(appliedUnixNs))
            .build());
  }

  /** From now on it is heard of, however long a test takes on a busy machine. */
  void stayAlive() {
    var unused =
        alive.scheduleAtFixedRate(() -> beat(0), BEAT_EVERY_S, BEAT_EVERY_S, TimeUnit.SECONDS);
  }

  /** Says that a handler has been running for so long. */
  void beat(long handlerRunningMs) {
    say(
        ControlRequest.newBuilder()
            .setHeartbeat(Heartbeat.newBuilder().setNumber(1).setHandlerRunningMs(handlerRunningMs))
            .build());
  }

  /** The answer to a heartbeat. */
  HeartbeatReply exchange(Heartbeat.Builder heartbeat) throws InterruptedException {
    say(ControlRequest.newBuilder().setHeartbeat(heartbeat).build());
    while (true) {
      ControlResponse frame = control.next();
      if (frame.hasHeartbeatReply()) {
        return frame.getHeartbeatReply();
      }
    }
  }

  /** Sets aside everything from the first operation to another, until it is not served any more. */
  void parkUntilEnded(long lastOpId) throws InterruptedException {
    for (long opId = 1; opId <= lastOpId; opId++) {
      send(opId, Nack.Reaction.REACTION_PARK);
    }
    control.awaitEnd();
  }

  NackReply park(long opId) throws InterruptedException {
    return refuse(opId, Nack.Reaction.REACTION_PARK);
  }

  /** To be tried again in an hour. */
  NackReply retry(long opId) throws InterruptedException {
    return refuse(opId, Nack.Reaction.REACTION_RETRY);
  }

  private NackReply refuse(long opId, Nack.Reaction reaction) throws InterruptedException {
    send(opId, reaction);
    while (true) {
      ControlResponse frame = control.next();
      if (frame.hasNackReply()) {
        return frame.getNackReply();
      }
    }
  }

  private void send(long opId, Nack.Reaction reaction) {
    say(
        ControlRequest.newBuilder()
            .setNack(
                Nack.newBuilder()
                    .setLog(Log.LOG_MAIN)
                    .setOpId(opId)
                    .setReaction(reaction)
                    .setRetryAfterMs(reaction == Nack.Reaction.REACTION_RETRY ? 3_600_000 : 0)
                    .setStatus(
                        com.google.rpc.Status.newBuilder()
                            .setCode(Status.Code.FAILED_PRECONDITION.value())
                            .setMessage("rack 7 is locked")))
            .build());
  }

  /** Streams take one frame at a time. */
  private void say(ControlRequest frame) {
    synchronized (requests) {
      requests.onNext(frame);
    }
  }

  @Override
  public void close() {
    alive.shutdownNow();
    channel.shutdownNow();
  }

  /** Frames as they come; the end of the stream ends the test. */
  private static final class Incoming<T> implements StreamObserver<T> {

    private final BlockingQueue<Object> frames = new LinkedBlockingQueue<>();

    @SuppressWarnings("unchecked")
    T next() throws InterruptedException {
      Object frame = frames.poll(TIMEOUT_S, TimeUnit.SECONDS);
      if (frame == null || frame instanceof Throwable) {
        throw new AssertionError("Expected a frame, but got " + frame, (Throwable) frame);
      }
      return (T) frame;
    }

    /** Reads until the coordinator has ended the stream. */
    void awaitEnd() throws InterruptedException {
      Object frame;
      do {
        frame = frames.poll(TIMEOUT_S, TimeUnit.SECONDS);
        if (frame == null) {
          throw new AssertionError("Expected the stream to end, but nothing came");
        }
      } while (!(frame instanceof Throwable));
    }

    @Override
    public void onNext(T frame) {
      frames.add(frame);
    }

    @Override
    public void onError(Throwable thrown) {
      frames.add(thrown);
    }

    @Override
    public void onCompleted() {
      frames.add(new AssertionError("Expected a frame, but the stream ended"));
    }
  }
}
