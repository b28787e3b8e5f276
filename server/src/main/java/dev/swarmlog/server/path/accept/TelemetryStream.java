package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.Connection;
import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.TelemetryAck;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.TelemetryOutcome;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import dev.swarmlog.v1.TelemetryWelcome;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * An agent's telemetry: batches come in, each is taken or shed, and the ack says which.
 *
 * <p>Read one frame at a time: the next is asked for when the last was answered, the answers are
 * read, and memory is not scarce. Callbacks come on the event loop, answers on the telemetry
 * writer's thread.
 */
final class TelemetryStream implements StreamObserver<TelemetryRequest>, OpenStreams.Draining {

  private final StreamContext context;
  private final Responder<TelemetryResponse> responder;
  private final FirstFrame firstFrame;
  private final Runnable requestMore = this::requestMore;
  private volatile @Nullable TelemetryHello hello;
  private volatile @Nullable TelemetryIntake intake;

  // Guarded by this.
  private boolean unanswered;
  private boolean frameWanted = true;
  private boolean halfClosed;
  private boolean draining;

  private TelemetryStream(StreamContext context, ServerCallStreamObserver<TelemetryResponse> call) {
    this.context = context;
    this.responder = context.responder(call);
    this.firstFrame = context.firstFrame("TelemetryHello", responder);
  }

  static TelemetryStream open(
      StreamContext context, ServerCallStreamObserver<TelemetryResponse> call) {
    TelemetryStream stream = new TelemetryStream(context, call);
    call.disableAutoRequest();
    stream.responder.whenReady(stream.requestMore);
    stream.responder.whenClosed(stream::closed);
    context.openStreams().opened(stream);
    call.request(1);
    return stream;
  }

  @Override
  public void onNext(TelemetryRequest request) {
    synchronized (this) {
      unanswered = true;
      frameWanted = false;
    }
    switch (request.getFrameCase()) {
      case HELLO -> hello(request.getHello());
      case BATCH -> batch(request.getBatch());
      case FRAME_NOT_SET -> responder.refuse(Frames.unknown());
    }
  }

  @Override
  public void onError(Throwable failure) {
    closed();
  }

  @Override
  public void onCompleted() {
    firstFrame.forget();
    synchronized (this) {
      halfClosed = true;
    }
    endIfDone();
  }

  @Override
  public void drain() {
    synchronized (this) {
      draining = true;
    }
    endIfDone();
  }

  private void hello(TelemetryHello first) {
    if (!firstFrame.came()) {
      return;
    }
    Refusal refusal = context.admission().checkName("swarm", first.getSwarm());
    if (refusal == null) {
      refusal = context.admission().checkName("publisher", first.getPublisher());
    }
    if (refusal == null) {
      Connection.serves(first.getSwarm(), first.getPublisher());
      refusal = context.memory().refusal();
    }
    if (refusal != null) {
      responder.refuse(refusal);
      return;
    }
    context
        .admission()
        .enter(
            first.getSwarm(),
            responder.orRefuse(
                (shard, swarm) -> {
                  hello = first;
                  responder.send(
                      TelemetryResponse.newBuilder()
                          .setWelcome(
                              TelemetryWelcome.newBuilder().setLimits(context.limits().toProto()))
                          .build());
                  answered();
                }));
  }

  private void batch(TelemetryBatch batch) {
    TelemetryHello publisher = hello;
    if (publisher == null) {
      responder.refuse(Admission.violation("Expected TelemetryHello first, but got a batch."));
      return;
    }
    Refusal refusal = context.breakers().refusal(publisher.getSwarm(), publisher.getPublisher());
    if (refusal == null) {
      refusal = context.admission().checkTelemetry(batch);
    }
    if (refusal == null) {
      refusal = context.withoutSpace(Log.LOG_TELEMETRY);
    }
    if (refusal != null) {
      answer(batch, 0, batch.getRecordsCount(), refusal);
      return;
    }
    TelemetryIntake begun =
        new TelemetryIntake(
            context,
            publisher,
            batch.getRecordsList(),
            (lastSequence, shed, why) -> answer(batch, lastSequence, shed, why));
    intake = begun;
    begun.next();
  }

  private void answer(TelemetryBatch batch, long lastSequence, int shed, @Nullable Refusal why) {
    TelemetryAck.Builder ack =
        TelemetryAck.newBuilder().setNumber(batch.getNumber()).setLastSequence(lastSequence);
    if (why == null) {
      ack.setOutcome(TelemetryOutcome.TELEMETRY_OUTCOME_ACCEPTED);
    } else {
      ack.setOutcome(TelemetryOutcome.TELEMETRY_OUTCOME_SHED)
          .setShedCount(shed)
          .setStatus(ErrorStatus.of(why));
    }
    responder.send(TelemetryResponse.newBuilder().setAck(ack).build());
    answered();
  }

  private void answered() {
    synchronized (this) {
      unanswered = false;
    }
    endIfDone();
    requestMore();
  }

  /** Asks for the next frame when the answers are read and memory is not scarce. */
  private void requestMore() {
    synchronized (this) {
      if (frameWanted
          || unanswered
          || !responder.isReady()
          || !context.memory().admits(requestMore)) {
        return;
      }
      frameWanted = true;
    }
    responder.requestOne();
  }

  /** Ends the stream if nobody wants more of it, once the last frame has its answer. */
  private void endIfDone() {
    boolean goneSoon;
    synchronized (this) {
      if (unanswered || !(halfClosed || draining)) {
        return;
      }
      goneSoon = draining && !halfClosed;
    }
    if (goneSoon) {
      responder.refuse(Admission.shuttingDown());
    } else {
      responder.complete();
    }
  }

  private void closed() {
    context.openStreams().closed(this);
    context.memory().forget(requestMore);
    firstFrame.forget();
    TelemetryIntake begun = intake;
    if (begun != null) {
      begun.end();
    }
    responder.cancelled();
  }
}
