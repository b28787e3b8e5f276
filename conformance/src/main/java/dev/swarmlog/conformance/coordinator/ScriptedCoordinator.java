package dev.swarmlog.conformance.coordinator;

import dev.swarmlog.conformance.scene.Scene;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.HeartbeatReply;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.SessionServiceGrpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator that sends what it is told to and nothing else, but for answers to heartbeats. It
 * listens on loopback, on a port of its own. Thread-safe: its state belongs to the scene's lock.
 */
public final class ScriptedCoordinator implements AutoCloseable {
  private final Scene scene;
  private final Watcher watcher;
  private final Predicate<String> isKnownElsewhere;
  private final Server server;
  private final Map<String, Session> byId = new LinkedHashMap<>();
  private final Deque<Session> sessions = new ArrayDeque<>();
  private final Deque<Producer> producers = new ArrayDeque<>();
  private boolean answersHeartbeats = true;
  private long clockSkewNs;

  /**
   * A coordinator that listens.
   *
   * @param isKnownElsewhere whether a session is another coordinator's, by its ID; within the
   *     scene's lock
   * @param isOpen whether the connection from a port of loopback is, as whoever cuts it knows
   */
  public ScriptedCoordinator(
      Scene scene, Watcher watcher, Predicate<String> isKnownElsewhere, IntPredicate isOpen)
      throws IOException {
    this.scene = scene;
    this.watcher = watcher;
    this.isKnownElsewhere = isKnownElsewhere;
    this.server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .directExecutor()
            .intercept(new LateFrames(isOpen))
            .addService(new Sessions())
            .addService(new Publishing())
            .build()
            .start();
  }

  public int port() {
    return server.getPort();
  }

  /** Sessions that said Hello and that nobody has taken yet; within the scene's lock. */
  public Deque<Session> sessions() {
    return sessions;
  }

  /** Sessions that were opened and have not ended; within the scene's lock. */
  public List<Session> open() {
    return byId.values().stream().filter(session -> !session.isEnded()).toList();
  }

  /** Whether it has welcomed a session of this ID; within the scene's lock. */
  public boolean hasWelcomed(String sessionId) {
    Session session = byId.get(sessionId);
    return session != null && session.welcomed() != null;
  }

  /** Streams of publishers that nobody has taken yet; within the scene's lock. */
  public Deque<Producer> producers() {
    return producers;
  }

  /** Answers heartbeats or not, from now on. */
  public void answersHeartbeats(boolean answers) {
    scene.change(() -> answersHeartbeats = answers);
  }

  /** Its clock is ahead of ours by so much. */
  public void clockSkewNs(long aheadNs) {
    scene.change(() -> clockSkewNs = aheadNs);
  }

  /** Tells clients to go elsewhere with what is new (GOAWAY), and serves what there is. */
  public void goAway() {
    server.shutdown();
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Sessions extends SessionServiceGrpc.SessionServiceImplBase {
    @Override
    public StreamObserver<ControlRequest> control(StreamObserver<ControlResponse> responses) {
      return new Control(new Answers<>(responses));
    }

    @Override
    public StreamObserver<DataRequest> data(StreamObserver<DataResponse> responses) {
      return new Data(new Answers<>(responses));
    }
  }

  private final class Publishing extends PublishServiceGrpc.PublishServiceImplBase {
    @Override
    public StreamObserver<PublishStreamRequest> publishStream(
        StreamObserver<PublishStreamResponse> responses) {
      return new Publish(new Answers<>(responses));
    }
  }

  /** One stream of a client. */
  private abstract class Stream<Q, R> implements StreamObserver<Q> {
    final Answers<R> answers;

    Stream(Answers<R> answers) {
      this.answers = answers;
    }

    /** The client's side is over, however; within the scene's lock. */
    abstract void peerEnded();

    @Override
    public final void onError(Throwable thrown) {
      onCompleted();
    }

    @Override
    public final void onCompleted() {
      scene.change(this::peerEnded);
      answers.ended();
    }
  }

  private final class Control extends Stream<ControlRequest, ControlResponse> {
    private @Nullable Session session;

    Control(Answers<ControlResponse> answers) {
      super(answers);
    }

    @Override
    public void onNext(ControlRequest frame) {
      long receivedNs = unixNs();
      scene.change(
          () -> {
            Session open = session;
            if (open == null && frame.hasHello()) {
              open(frame);
            } else if (open == null || frame.hasHello()) {
              watcher.broken(
                  "Expected Hello as the first frame of Control and only there, but got "
                      + frame.getFrameCase());
            } else if (frame.hasHeartbeat()) {
              heartbeat(open, frame.getHeartbeat(), receivedNs);
            } else if (frame.hasNack()) {
              open.nacks().add(frame.getNack());
              watcher.nacked(open, frame.getNack());
            } else {
              watcher.broken("Expected a frame on Control, but got one that says nothing");
            }
          });
    }

    private void open(ControlRequest frame) {
      Session opened = new Session(nextId(), frame.getHello(), answers);
      session = opened;
      byId.put(opened.id(), opened);
      sessions.add(opened);
      watcher.hello(opened);
    }

    private void heartbeat(Session open, Heartbeat heartbeat, long receivedNs) {
      open.heartbeats().add(heartbeat);
      watcher.heartbeat(open, heartbeat);
      if (answersHeartbeats) {
        answers.send(
            ControlResponse.newBuilder()
                .setHeartbeatReply(
                    HeartbeatReply.newBuilder()
                        .setNumber(heartbeat.getNumber())
                        .setAgentSentUnixNano(heartbeat.getSentUnixNano())
                        .setReceivedUnixNano(receivedNs)
                        .setSentUnixNano(unixNs()))
                .build());
      }
    }

    private long unixNs() {
      return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) + clockSkewNs;
    }

    @Override
    void peerEnded() {
      if (session != null) {
        session.ended();
      }
    }
  }

  /** Unique among the coordinators of a case. */
  private String nextId() {
    return "session-%d-%d".formatted(port(), byId.size() + 1);
  }

  private final class Data extends Stream<DataRequest, DataResponse> {
    private @Nullable Lane lane;

    Data(Answers<DataResponse> answers) {
      super(answers);
    }

    @Override
    public void onNext(DataRequest frame) {
      scene.change(
          () -> {
            Lane attached = lane;
            if (attached == null && frame.hasAttach()) {
              attach(frame);
            } else if (attached == null || frame.hasAttach()) {
              watcher.broken(
                  "Expected Attach as the first frame of Data and only there, but got "
                      + frame.getFrameCase());
            } else if (frame.hasAck()) {
              attached.acks().add(frame.getAck());
              watcher.acked(attached, frame.getAck());
            } else if (frame.hasDigestReport()) {
              attached.reports().add(frame.getDigestReport());
              watcher.reported(attached, frame.getDigestReport());
            } else {
              watcher.broken("Expected a frame on Data, but got one that says nothing");
            }
          });
    }

    private void attach(DataRequest frame) {
      String id = frame.getAttach().getSessionId();
      Session session = byId.get(id);
      if (session == null && isKnownElsewhere.test(id)) {
        // Its connection leads here since the agent opened the session: it cannot know.
        answers.end(Statuses.of("SESSION_NOT_FOUND", 0, Map.of()));
      } else if (session == null || session.welcomed() == null) {
        watcher.broken(
            "Expected Attach to name a session that was welcomed, but it names \"%s\""
                .formatted(id));
      } else if (session.lane(frame.getAttach().getLog()) != null) {
        watcher.broken(
            "Expected one Data stream per lane and session, but got another of "
                + frame.getAttach().getLog());
      } else {
        Lane attached = new Lane(session, frame.getAttach(), answers);
        lane = attached;
        session.attached(attached);
        watcher.attached(attached);
      }
    }

    @Override
    void peerEnded() {
      if (lane != null) {
        lane.ended();
      }
    }
  }

  private final class Publish extends Stream<PublishStreamRequest, PublishStreamResponse> {
    private @Nullable Producer producer;

    Publish(Answers<PublishStreamResponse> answers) {
      super(answers);
    }

    @Override
    public void onNext(PublishStreamRequest frame) {
      scene.change(
          () -> {
            Producer open = producer;
            if (open == null && frame.hasHello()) {
              Producer opened = new Producer(frame.getHello(), answers);
              producer = opened;
              producers.add(opened);
              watcher.producerHello(opened);
            } else if (open == null || !frame.hasGroup()) {
              watcher.broken(
                  "Expected ProducerHello first and then groups, but got " + frame.getFrameCase());
            } else {
              open.groups().add(frame.getGroup());
              watcher.published(open, frame.getGroup());
            }
          });
    }

    @Override
    void peerEnded() {
      if (producer != null) {
        producer.ended();
      }
    }
  }
}
