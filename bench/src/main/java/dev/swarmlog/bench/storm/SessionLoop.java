package dev.swarmlog.bench.storm;

import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Attach;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Self;
import dev.swarmlog.v1.SessionServiceGrpc;
import dev.swarmlog.v1.SessionServiceGrpc.SessionServiceStub;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import dev.swarmlog.v1.Welcome;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Opens sessions, takes what each hands out until it has caught up, acknowledges none of it, and
 * leaves. Sessions may overlap: a newer one fences the older. {@link #open} is called by one
 * thread.
 */
final class SessionLoop {

  private final SessionServiceStub stub;
  private final Hello hello;
  private final Consumer<Operation> handler;
  private final AtomicLong opened = new AtomicLong();

  SessionLoop(
      Channel channel,
      String swarm,
      String agent,
      Optional<Position> position,
      Consumer<Operation> handler) {
    this.stub = SessionServiceGrpc.newStub(channel);
    this.handler = handler;
    Hello.Builder declared =
        Hello.newBuilder()
            .setProtocolMin(1)
            .setProtocolMax(1)
            .setSwarm(swarm)
            .setAgent(agent)
            .setView(
                View.newBuilder()
                    .addScopes(
                        ViewScope.newBuilder()
                            .setTopic(Topic.TOPIC_COMMANDS)
                            .setAll(AllAgents.getDefaultInstance()))
                    .addScopes(
                        ViewScope.newBuilder()
                            .setTopic(Topic.TOPIC_COMMANDS)
                            .setSelf(Self.getDefaultInstance())))
            .setSdk("broken");
    position.ifPresent(at -> declared.addResume(LogResume.newBuilder().setPosition(at)));
    this.hello = declared.build();
  }

  void open(BrokenAgent.Ending ending) {
    Session session = new Session(ending);
    session.control =
        stub.withDeadlineAfter(RetryLoop.PATIENCE_MS, TimeUnit.MILLISECONDS).control(session);
    session.control.onNext(
        ControlRequest.newBuilder()
            .setHello(hello.toBuilder().setInstance("broken-" + opened.incrementAndGet()))
            .build());
  }

  /** One session; called by the one network thread of the connection, but for its start. */
  private final class Session implements StreamObserver<ControlResponse> {
    private final BrokenAgent.Ending ending;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile StreamObserver<ControlRequest> control = new Nowhere<>();

    Session(BrokenAgent.Ending ending) {
      this.ending = ending;
    }

    @Override
    public void onNext(ControlResponse frame) {
      if (frame.hasWelcome()) {
        attach(frame.getWelcome());
      }
    }

    private void attach(Welcome welcome) {
      Lane lane = new Lane();
      lane.requests =
          stub.withDeadlineAfter(RetryLoop.PATIENCE_MS, TimeUnit.MILLISECONDS).data(lane);
      lane.requests.onNext(
          DataRequest.newBuilder()
              .setAttach(
                  Attach.newBuilder().setSessionId(welcome.getSessionId()).setLog(Log.LOG_MAIN))
              .build());
    }

    @Override
    public void onError(Throwable refused) {
      end(false);
    }

    @Override
    public void onCompleted() {
      end(true);
    }

    private void end(boolean answered) {
      if (ended.compareAndSet(false, true)) {
        ending.ended(answered);
      }
    }

    /** Its one lane. */
    private final class Lane implements StreamObserver<DataResponse> {
      private volatile StreamObserver<DataRequest> requests = new Nowhere<>();

      @Override
      public void onNext(DataResponse frame) {
        frame.getDelivery().getOperationsList().forEach(handler);
        if (frame.hasCaughtUp()) {
          requests.onCompleted();
          control.onCompleted();
          end(true);
        }
      }

      @Override
      public void onError(Throwable refused) {
        end(false);
      }

      @Override
      public void onCompleted() {
        end(true);
      }
    }
  }

  /** Where requests go before there is a stream. */
  private static final class Nowhere<Q> implements StreamObserver<Q> {
    @Override
    public void onNext(Q value) {}

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }
}
