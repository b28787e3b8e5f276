package dev.swarmlog.server.path.accept;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.deliver.DeliveryFrame;
import dev.swarmlog.server.path.deliver.Lane;
import dev.swarmlog.server.path.deliver.LaneRequest;
import dev.swarmlog.server.path.deliver.LaneSink;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.server.path.telemetry.TelemetrySubscription;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.TelemetryDelivery;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * An observer's stream: a lane that sees everything and acknowledges nothing.
 *
 * <p>Sends on its serial executor.
 */
final class TailStream implements LaneSink, OpenStreams.Draining {

  private final StreamContext context;
  private final Responder<Outbound> responder;
  private final Shard shard;
  private final SwarmState swarm;
  private final TailRequest request;
  private final Executor executor;

  /**
   * By publisher, the last sequence that was sent from the store. Written before the lane begins.
   */
  private final Map<String, Long> sentSequences = new HashMap<>();

  private volatile @Nullable Lane lane;
  private volatile @Nullable TelemetrySubscription telemetryLane;

  TailStream(
      StreamContext context,
      Responder<Outbound> responder,
      Shard shard,
      SwarmState swarm,
      TailRequest request) {
    this.context = context;
    this.responder = responder;
    this.shard = shard;
    this.swarm = swarm;
    this.request = request;
    this.executor = context.serial().next();
  }

  /** The start's running hash must be looked up, on a thread that may block. */
  void startLog() {
    try {
      context.readers().execute(this::openLane);
    } catch (RejectedExecutionException e) {
      responder.refuse(Admission.shuttingDown());
    }
  }

  /**
   * Subscribes first and reads what is stored then, so that nothing falls between the two; what
   * comes twice by that is left out by its sequence.
   */
  void startTelemetry() {
    TelemetrySubscription opened =
        context
            .telemetry()
            .observe(
                swarm.name(), View.everything(), executor, responder::isReady, this::sendTelemetry);
    if (request.getLastOperations() == 0 && !request.getStopAtHead()) {
      beginTelemetry(opened);
      return;
    }
    try {
      context.readers().execute(() -> sendLatest(opened));
    } catch (RejectedExecutionException e) {
      opened.close();
      responder.refuse(Admission.shuttingDown());
    }
  }

  private void sendLatest(TelemetrySubscription opened) {
    try {
      List<Operation> latest =
          context.telemetry().latest(swarm.name(), request.getLastOperations());
      for (Operation operation : latest) {
        sentSequences.merge(operation.getPublisher(), operation.getOpId(), Math::max);
      }
      sendInFrames(latest);
      if (request.getStopAtHead()) {
        opened.close();
        responder.complete();
      } else {
        beginTelemetry(opened);
      }
    } catch (RuntimeException e) {
      opened.close();
      responder.fail(e, "reading telemetry");
    }
  }

  /** All together are bounded by what a reader may have waiting, so the window is not asked. */
  private void sendInFrames(List<Operation> operations) {
    TelemetryDelivery.Builder frame = TelemetryDelivery.newBuilder();
    long bytes = 0;
    for (Operation operation : operations) {
      frame.addOperations(operation);
      bytes += operation.getSerializedSize();
      if (bytes >= context.limits().maxDeliveryBytes()) {
        send(frame.build());
        frame.clear();
        bytes = 0;
      }
    }
    if (frame.getOperationsCount() > 0) {
      send(frame.build());
    }
  }

  private void beginTelemetry(TelemetrySubscription opened) {
    telemetryLane = opened;
    if (responder.ended()) {
      opened.close();
    } else {
      opened.wake();
    }
  }

  private void sendTelemetry(TelemetryDelivery delivery) {
    if (sentSequences.isEmpty()) {
      send(delivery);
      return;
    }
    send(
        delivery.toBuilder()
            .clearOperations()
            .addAllOperations(
                delivery.getOperationsList().stream()
                    .filter(
                        operation ->
                            operation.getOpId()
                                > sentSequences.getOrDefault(operation.getPublisher(), 0L))
                    .toList())
            .build());
  }

  private void send(TelemetryDelivery delivery) {
    responder.send(new Outbound.Plain(TailResponse.newBuilder().setTelemetry(delivery).build()));
  }

  void wake() {
    Lane current = lane;
    if (current != null) {
      current.wake();
    }
    TelemetrySubscription telemetry = telemetryLane;
    if (telemetry != null) {
      telemetry.wake();
    }
  }

  @Override
  public void drain() {
    responder.refuse(Admission.shuttingDown());
    closed();
  }

  void closed() {
    context.openStreams().closed(this);
    responder.cancelled();
    Lane current = lane;
    if (current != null) {
      current.close();
    }
    TelemetrySubscription telemetry = telemetryLane;
    if (telemetry != null) {
      telemetry.close();
    }
  }

  private void openLane() {
    try {
      Position head = swarm.head(request.getLog());
      long after = startAfter(head.getOpId());
      byte[] hash =
          shard.log().runningHash(swarm.name(), request.getLog(), after).orElse(new byte[0]);
      Position start =
          head.toBuilder().setOpId(after).setRunningHash(ByteString.copyFrom(hash)).build();
      Lane opened =
          shard
              .deliveries()
              .open(
                  new LaneRequest(
                      swarm.name(),
                      request.getLog(),
                      SyncPlan.between(start, head, View.everything()),
                      false,
                      null,
                      request.getStopAtHead()),
                  executor,
                  this);
      lane = opened;
      if (responder.ended()) {
        opened.close();
      } else {
        opened.wake();
      }
    } catch (RuntimeException e) {
      responder.fail(e, "opening a tail");
    }
  }

  /** Never beyond the head, and never before the beginning; what is asked for is unsigned. */
  private long startAfter(long headOpId) {
    if (request.hasAfterOpId()) {
      return Long.compareUnsigned(request.getAfterOpId(), headOpId) > 0
          ? headOpId
          : request.getAfterOpId();
    }
    long first =
        Long.compareUnsigned(request.getLastOperations(), headOpId) > 0
            ? 0
            : headOpId - request.getLastOperations();
    // "The last of them" is as many as there are; an operation that is named has to be there.
    return Math.max(first, swarm.horizonOpId(request.getLog()));
  }

  @Override
  public boolean isReady() {
    return responder.isReady();
  }

  @Override
  public void deliver(DeliveryFrame frame) {
    responder.send(new Outbound.Shared(frame));
  }

  @Override
  public void snapshot(SnapshotPage page) {
    throw new IllegalStateException("Expected an observer to be given every operation");
  }

  @Override
  public void compare(Scope scope, KeyInterval keys, Position at) {
    throw new IllegalStateException("Expected a tail without questions, but one came up");
  }

  @Override
  public void receipt(SyncReceipt receipt) {
    throw new IllegalStateException("Expected an observer to be given every operation");
  }

  @Override
  public void caughtUp(Position position) {
    responder.send(
        new Outbound.Plain(
            TailResponse.newBuilder()
                .setCaughtUp(CaughtUp.newBuilder().setPosition(position))
                .build()));
    if (request.getStopAtHead()) {
      responder.complete();
    }
  }

  @Override
  public void fellBehind(Position position, Position head) {
    // An observer sees by the positions how far behind it is.
  }

  @Override
  public void failed(Refusal refusal) {
    responder.refuse(refusal);
  }
}
