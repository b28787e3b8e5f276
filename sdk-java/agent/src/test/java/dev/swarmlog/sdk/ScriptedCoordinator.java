package dev.swarmlog.sdk;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.Attach;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.HeartbeatReply;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.SessionServiceGrpc;
import dev.swarmlog.v1.Welcome;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator in process that does what a test tells it: takes sessions and streams, and sends
 * what it is given.
 */
final class ScriptedCoordinator implements AutoCloseable {
  // Long enough for three of them to outlast a pause of a busy machine.
  static final int HEARTBEAT_INTERVAL_MS = 1_000;

  private final String name = InProcessServerBuilder.generateName();
  private final BlockingQueue<Session> sessions = new LinkedBlockingQueue<>();
  private final BlockingQueue<Producer> producers = new LinkedBlockingQueue<>();
  private final Server server;
  private final ManagedChannel channel;

  ScriptedCoordinator() throws IOException {
    server =
        InProcessServerBuilder.forName(name)
            .addService(new Sessions())
            .addService(new Publishing())
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).build();
  }

  SwarmConnection connection() {
    return SwarmConnection.builder(channel).build();
  }

  /** The next session an agent opens; it has said Hello. */
  Session session() throws InterruptedException {
    return taken(sessions.poll(20, TimeUnit.SECONDS), "session");
  }

  /** The next stream of a publisher. */
  Producer producer() throws InterruptedException {
    return taken(producers.poll(20, TimeUnit.SECONDS), "publish stream");
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  static Position main(long opId) {
    return Position.newBuilder()
        .setLog(Log.LOG_MAIN)
        .setIncarnation(1)
        .setEpoch(1)
        .setOpId(opId)
        .build();
  }

  static <T> T taken(@Nullable T polled, String what) {
    if (polled == null) {
      throw new AssertionError("Expected a " + what + " within 20 s, but none came");
    }
    return polled;
  }

  /** A session as the coordinator sees it. */
  static final class Session {
    final Hello hello;
    final StreamObserver<ControlResponse> control;
    final List<Heartbeat> heartbeats = new CopyOnWriteArrayList<>();
    final BlockingQueue<Lane> lanes = new LinkedBlockingQueue<>();

    Session(Hello hello, StreamObserver<ControlResponse> control) {
      this.hello = hello;
      this.control = control;
    }

    /** Answers Hello with a delta from here. */
    void welcome(Position... starts) {
      Welcome.Builder welcome =
          Welcome.newBuilder()
              .setSessionId(hello.getInstance())
              .setHeartbeatIntervalMs(HEARTBEAT_INTERVAL_MS);
      for (Position start : starts) {
        welcome.addPlans(
            LogPlan.newBuilder().setLog(start.getLog()).setPlan(Plan.PLAN_DELTA).setStart(start));
      }
      control.onNext(ControlResponse.newBuilder().setWelcome(welcome).build());
    }

    /** Answers Hello with exactly this. */
    void welcome(Welcome.Builder welcome) {
      control.onNext(
          ControlResponse.newBuilder()
              .setWelcome(
                  welcome
                      .setSessionId(hello.getInstance())
                      .setHeartbeatIntervalMs(HEARTBEAT_INTERVAL_MS))
              .build());
    }

    Lane lane() throws InterruptedException {
      return taken(lanes.poll(20, TimeUnit.SECONDS), "lane");
    }
  }

  /** A Data stream as the coordinator sees it. */
  static final class Lane {
    final ServerCallStreamObserver<DataResponse> stream;
    final BlockingQueue<Ack> acks = new LinkedBlockingQueue<>();
    // Before the lane is handed out.
    Attach attach = Attach.getDefaultInstance();

    Lane(ServerCallStreamObserver<DataResponse> stream) {
      this.stream = stream;
    }

    void deliver(Delivery.Builder delivery) {
      stream.onNext(DataResponse.newBuilder().setDelivery(delivery).build());
    }

    void deliver(long fromExclusive, Operation... operations) {
      long to =
          operations.length == 0 ? fromExclusive : operations[operations.length - 1].getOpId();
      stream.onNext(
          DataResponse.newBuilder()
              .setDelivery(
                  Delivery.newBuilder()
                      .setFromOpId(fromExclusive)
                      .setTo(main(to))
                      .addAllOperations(List.of(operations)))
              .build());
    }

    long awaitAck() throws InterruptedException {
      return ack().getApplied().getOpId();
    }

    Ack ack() throws InterruptedException {
      return taken(acks.poll(20, TimeUnit.SECONDS), "ack");
    }
  }

  /** A PublishStream as the coordinator sees it. */
  static final class Producer {
    final StreamObserver<PublishStreamResponse> stream;
    final BlockingQueue<PublishStreamRequest> frames = new LinkedBlockingQueue<>();

    Producer(StreamObserver<PublishStreamResponse> stream) {
      this.stream = stream;
    }

    PublishStreamRequest frame() throws InterruptedException {
      return taken(frames.poll(20, TimeUnit.SECONDS), "frame");
    }
  }

  private final class Sessions extends SessionServiceGrpc.SessionServiceImplBase {
    private final Map<String, Session> open = new ConcurrentHashMap<>();

    @Override
    public StreamObserver<ControlRequest> control(StreamObserver<ControlResponse> control) {
      return new Ignoring<>() {
        private Session session;

        @Override
        public void onNext(ControlRequest frame) {
          if (frame.hasHello()) {
            session = new Session(frame.getHello(), control);
            open.put(frame.getHello().getInstance(), session);
            sessions.add(session);
          } else {
            session.heartbeats.add(frame.getHeartbeat());
            control.onNext(
                ControlResponse.newBuilder()
                    .setHeartbeatReply(
                        HeartbeatReply.newBuilder()
                            .setNumber(frame.getHeartbeat().getNumber())
                            .setAgentSentUnixNano(frame.getHeartbeat().getSentUnixNano())
                            .setReceivedUnixNano(
                                frame.getHeartbeat().getSentUnixNano() + 5_000_000_000L)
                            .setSentUnixNano(
                                frame.getHeartbeat().getSentUnixNano() + 5_000_000_000L))
                    .build());
          }
        }
      };
    }

    @Override
    public StreamObserver<DataRequest> data(StreamObserver<DataResponse> responses) {
      Lane lane = new Lane((ServerCallStreamObserver<DataResponse>) responses);
      return new Ignoring<>() {
        @Override
        public void onNext(DataRequest frame) {
          if (frame.hasAttach()) {
            lane.attach = frame.getAttach();
            open.get(frame.getAttach().getSessionId()).lanes.add(lane);
          } else {
            lane.acks.add(frame.getAck());
          }
        }
      };
    }
  }

  private final class Publishing extends PublishServiceGrpc.PublishServiceImplBase {
    @Override
    public StreamObserver<PublishStreamRequest> publishStream(
        StreamObserver<PublishStreamResponse> responses) {
      Producer producer = new Producer(responses);
      producers.add(producer);
      return new Ignoring<>() {
        @Override
        public void onNext(PublishStreamRequest frame) {
          producer.frames.add(frame);
        }
      };
    }
  }

  /** A stream whose end does not matter. */
  private abstract static class Ignoring<T> implements StreamObserver<T> {
    @Override
    public void onError(Throwable thrown) {}

    @Override
    public void onCompleted() {}
  }
}
