package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An attached lane. Checks of each delivery that it goes on where the one before ended, that its
 * operations lie in its interval in order, and that no group is cut. Used by one test thread.
 */
final class TestLane {

  private final StreamCall<DataRequest, DataResponse> call;
  private final List<Operation> operations = new ArrayList<>();
  private Position position;

  TestLane(StreamCall<DataRequest, DataResponse> call, Position start) {
    this.call = call;
    this.position = start;
  }

  StreamCall<DataRequest, DataResponse> call() {
    return call;
  }

  /** Everything received so far, in order. */
  List<Operation> operations() {
    return operations;
  }

  /** Payloads of everything received so far, as text. */
  List<String> texts() {
    return operations.stream().map(op -> op.getPayload().getData().toStringUtf8()).toList();
  }

  /** Where the last delivery ended. */
  Position position() {
    return position;
  }

  /** The next frame; a delivery is checked and counted. */
  DataResponse next() {
    DataResponse frame = call.next();
    if (frame.hasDelivery()) {
      receive(frame.getDelivery());
    }
    return frame;
  }

  /** As {@link #next}, but null if none comes within that time. */
  @Nullable DataResponse nextWithin(long timeoutMs) {
    DataResponse frame = call.nextWithin(timeoutMs);
    if (frame != null && frame.hasDelivery()) {
      receive(frame.getDelivery());
    }
    return frame;
  }

  /** The next frame, which must be a delivery. */
  Delivery delivery() {
    DataResponse frame = next();
    assertThat(frame.hasDelivery()).as("%s", frame).isTrue();
    return frame.getDelivery();
  }

  /** Reads until CaughtUp and answers where that is. */
  Position caughtUp() {
    while (true) {
      DataResponse frame = next();
      if (frame.hasCaughtUp()) {
        assertThat(frame.getCaughtUp().getPosition()).isEqualTo(position);
        return position;
      }
    }
  }

  /** Reads until so many operations have come in all. */
  TestLane receiveOperations(int count) {
    while (operations.size() < count) {
      next();
    }
    assertThat(operations).hasSize(count);
    return this;
  }

  /** Reads until the position is at an operation or beyond. */
  TestLane receiveThrough(long opId) {
    while (position.getOpId() < opId) {
      next();
    }
    return this;
  }

  /** Acknowledges everything received. */
  void acknowledge() {
    acknowledge(position);
  }

  void acknowledge(Position applied) {
    call.send(DataRequest.newBuilder().setAck(Ack.newBuilder().setApplied(applied)).build());
  }

  private void receive(Delivery delivery) {
    Position to = delivery.getTo();
    assertThat(delivery.getFromOpId()).as("contiguous").isEqualTo(position.getOpId());
    assertThat(to.getOpId()).isGreaterThan(delivery.getFromOpId());
    assertThat(to.getIncarnation()).isEqualTo(position.getIncarnation());
    assertThat(to.getEpoch()).isEqualTo(position.getEpoch());
    assertThat(to.getLog()).isEqualTo(position.getLog());
    assertThat(to.getRunningHash().size()).isEqualTo(16);
    long before = delivery.getFromOpId();
    for (Operation operation : delivery.getOperationsList()) {
      assertThat(operation.getOpId()).as("in order").isGreaterThan(before);
      before = operation.getOpId();
      assertThat(operation.getGroupFirst()).isGreaterThan(delivery.getFromOpId());
      assertThat(operation.getGroupLast()).as("whole groups").isLessThanOrEqualTo(to.getOpId());
    }
    assertThat(before).isLessThanOrEqualTo(to.getOpId());
    operations.addAll(delivery.getOperationsList());
    position = to;
  }
}
