package dev.swarmlog.bench;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Attach;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SessionServiceGrpc;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The return of one agent, on the wire: Hello with its position, then everything that comes until
 * CaughtUp. It does nothing with it but count and acknowledge, so what is measured is the
 * coordinator and the connection, the same for a replay and for a delta.
 */
final class Return {

  private static final long TIMEOUT_S = 300;
  private static final View COMMANDS =
      View.newBuilder()
          .addScopes(
              ViewScope.newBuilder()
                  .setTopic(Topic.TOPIC_COMMANDS)
                  .setAll(AllAgents.getDefaultInstance()))
          .build();

  /**
   * What it took.
   *
   * @param bytes of all frames, as messages
   * @param operations in them
   */
  record Cost(long nanos, long bytes, long operations) {}

  private final SessionServiceGrpc.SessionServiceStub stub;
  private final String swarm;
  private final CompletableFuture<Cost> done = new CompletableFuture<>();

  // Written before the first call. The rest is owned by the lane's callbacks.
  private long startNs;
  private long bytes;
  private long operations;

  private Return(ManagedChannel channel, String swarm) {
    this.stub = SessionServiceGrpc.newStub(channel);
    this.swarm = swarm;
  }

  /**
   * Comes back.
   *
   * @param syncs by a delta; else by a replay of everything that was missed
   */
  static Cost of(ManagedChannel channel, String swarm, Position position, boolean syncs)
      throws Exception {
    Return session = new Return(channel, swarm);
    StreamObserver<ControlRequest> control = session.begin(position, syncs);
    try {
      return session.done.get(TIMEOUT_S, TimeUnit.SECONDS);
    } finally {
      control.onCompleted();
    }
  }

  private StreamObserver<ControlRequest> begin(Position position, boolean syncs) {
    startNs = System.nanoTime();
    StreamObserver<ControlRequest> control = stub.control(new FromControl());
    control.onNext(
        ControlRequest.newBuilder()
            .setHello(
                Hello.newBuilder()
                    .setProtocolMin(1)
                    .setProtocolMax(1)
                    .setCapabilities(syncs ? Capability.CAPABILITY_SYNC_VALUE : 0)
                    .setSwarm(swarm)
                    .setAgent("returning")
                    .setInstance(UUID.randomUUID().toString())
                    .setView(COMMANDS)
                    .addResume(LogResume.newBuilder().setPosition(position)))
            .build());
    return control;
  }

  private final class FromControl implements StreamObserver<ControlResponse> {

    @Override
    public void onNext(ControlResponse frame) {
      if (frame.hasWelcome()) {
        StreamObserver<DataRequest> data = stub.data(new FromData());
        data.onNext(
            DataRequest.newBuilder()
                .setAttach(
                    Attach.newBuilder()
                        .setSessionId(frame.getWelcome().getSessionId())
                        .setLog(Log.LOG_MAIN))
                .build());
      }
    }

    @Override
    public void onError(Throwable failure) {
      done.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {}
  }

  private final class FromData implements ClientResponseObserver<DataRequest, DataResponse> {

    private @Nullable ClientCallStreamObserver<DataRequest> requests;

    @Override
    public void beforeStart(ClientCallStreamObserver<DataRequest> call) {
      requests = call;
    }

    @Override
    public void onNext(DataResponse frame) {
      bytes += frame.getSerializedSize();
      if (frame.hasDelivery() && requests != null) {
        operations += frame.getDelivery().getOperationsCount();
        requests.onNext(
            DataRequest.newBuilder()
                .setAck(Ack.newBuilder().setApplied(frame.getDelivery().getTo()))
                .build());
      } else if (frame.hasCaughtUp()) {
        done.complete(new Cost(System.nanoTime() - startNs, bytes, operations));
      }
    }

    @Override
    public void onError(Throwable failure) {
      done.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {}
  }
}
