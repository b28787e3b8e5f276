package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.SwarmListener;
import dev.swarmlog.server.path.telemetry.Telemetry;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.TelemetryAck;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.TelemetryOutcome;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import dev.swarmlog.v1.TelemetryWelcome;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * An agent's telemetry: batches come in, each is taken or shed, and the ack says which.
 *
 * <p>Read one batch at a time: the next is asked for when the last was answered. Callbacks come on
 * the event loop, answers on the telemetry writer's thread, never both at a time.
 */
final class TelemetryStream implements StreamObserver<TelemetryRequest> {

  private final StreamContext context;
  private final Responder<TelemetryResponse> responder;
  private final Future<?> handshake;
  private volatile @Nullable TelemetryHello hello;
  private boolean greeted;

  private TelemetryStream(StreamContext context, ServerCallStreamObserver<TelemetryResponse> call) {
    this.context = context;
    this.responder = new Responder<>(call);
    this.handshake = context.handshakes().expect("TelemetryHello", responder::refuse);
  }

  static TelemetryStream open(
      StreamContext context, ServerCallStreamObserver<TelemetryResponse> call) {
    TelemetryStream stream = new TelemetryStream(context, call);
    call.disableAutoRequest();
    call.setOnCancelHandler(stream::cancelled);
    call.request(1);
    return stream;
  }

  @Override
  public void onNext(TelemetryRequest request) {
    switch (request.getFrameCase()) {
      case HELLO -> hello(request.getHello());
      case BATCH -> batch(request.getBatch());
      case FRAME_NOT_SET -> responder.refuse(Frames.unknown());
    }
  }

  @Override
  public void onError(Throwable failure) {
    cancelled();
  }

  @Override
  public void onCompleted() {
    handshake.cancel(false);
    responder.complete();
  }

  private void hello(TelemetryHello first) {
    if (greeted) {
      responder.refuse(
          Admission.violation("Expected one TelemetryHello per stream, but got a second one."));
      return;
    }
    greeted = true;
    handshake.cancel(false);
    Refusal refusal = context.admission().checkName("swarm", first.getSwarm());
    if (refusal == null) {
      refusal = context.admission().checkName("publisher", first.getPublisher());
    }
    if (refusal != null) {
      responder.refuse(refusal);
      return;
    }
    context
        .admission()
        .enter(
            first.getSwarm(),
            new SwarmListener() {
              @Override
              public void found(Shard shard, SwarmState swarm) {
                hello = first;
                responder.send(
                    TelemetryResponse.newBuilder()
                        .setWelcome(
                            TelemetryWelcome.newBuilder().setLimits(context.limits().toProto()))
                        .build());
                responder.requestOne();
              }

              @Override
              public void refused(Refusal refusal) {
                responder.refuse(refusal);
              }
            });
  }

  private void batch(TelemetryBatch batch) {
    TelemetryHello publisher = hello;
    if (publisher == null) {
      responder.refuse(Admission.violation("Expected TelemetryHello first, but got a batch."));
      return;
    }
    Refusal refusal = context.admission().checkTelemetry(batch.getRecordsList());
    if (refusal != null) {
      answer(batch, 0, refusal);
      return;
    }
    boolean taken =
        context
            .telemetry()
            .offer(
                new Telemetry.Batch(
                    publisher.getSwarm(),
                    publisher.getPublisher(),
                    batch.getRecordsList(),
                    batch.getSerializedSize(),
                    lastSequence -> answer(batch, lastSequence, null)));
    if (!taken) {
      answer(
          batch,
          0,
          Refusal.of(
                  ErrorReason.ERROR_REASON_OVERLOADED,
                  "Expected room for telemetry, but the queue of the telemetry log is full.")
              .withRetryAfter(Admission.RETRY_AFTER));
    }
  }

  private void answer(TelemetryBatch batch, long lastSequence, @Nullable Refusal shed) {
    TelemetryAck.Builder ack =
        TelemetryAck.newBuilder().setNumber(batch.getNumber()).setLastSequence(lastSequence);
    if (shed == null) {
      ack.setOutcome(TelemetryOutcome.TELEMETRY_OUTCOME_ACCEPTED);
    } else {
      ack.setOutcome(TelemetryOutcome.TELEMETRY_OUTCOME_SHED)
          .setShedCount(batch.getRecordsCount())
          .setStatus(ErrorStatus.of(shed));
    }
    responder.send(TelemetryResponse.newBuilder().setAck(ack).build());
    responder.requestOne();
  }

  private void cancelled() {
    handshake.cancel(false);
    responder.cancelled();
  }
}
