package dev.swarmlog.server.path.accept;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.path.deliver.DeliveryFrame;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.TailResponse;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboundTest {

  private static final Position TO =
      Position.newBuilder()
          .setIncarnation(7)
          .setEpoch(-9)
          .setLog(Log.LOG_MAIN)
          .setOpId(300)
          .setRunningHash(ByteString.copyFrom(new byte[16]))
          .build();

  private final Delivery delivery =
      Delivery.newBuilder()
          .setFromOpId(200)
          .setTo(TO)
          .addOperations(Operation.newBuilder().setOpId(250))
          .addOperations(Operation.newBuilder().setOpId(300).setKey("k"))
          .build();

  private DeliveryFrame frame() {
    byte[] first =
        Delivery.newBuilder().addOperations(delivery.getOperations(0)).build().toByteArray();
    byte[] second =
        Delivery.newBuilder().addOperations(delivery.getOperations(1)).build().toByteArray();
    return new DeliveryFrame(
        200,
        TO,
        List.of(first, second),
        2,
        0,
        first.length + second.length,
        delivery.getSkippedList(),
        List.of(),
        delivery.getTracedOpIdsList());
  }

  @Test
  void shouldWriteASharedDeliveryAsItsMessage() throws Exception {
    Outbound.DeliveryStream stream = new Outbound.DeliveryStream(frame());
    int announced = stream.available();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(stream.drainTo(out)).isEqualTo(announced).isEqualTo(out.size());
    assertThat(DataResponse.parseFrom(out.toByteArray()).getDelivery()).isEqualTo(delivery);
    assertThat(TailResponse.parseFrom(out.toByteArray()).getDelivery()).isEqualTo(delivery);
  }

  @Test
  void shouldReadTheSameBytesOneByOne() throws Exception {
    ByteArrayOutputStream drained = new ByteArrayOutputStream();
    new Outbound.DeliveryStream(frame()).drainTo(drained);
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try (Outbound.DeliveryStream stream = new Outbound.DeliveryStream(frame())) {
      for (int next = stream.read(); next >= 0; next = stream.read()) {
        read.write(next);
      }
      assertThat(stream.available()).isZero();
    }
    assertThat(read.toByteArray()).isEqualTo(drained.toByteArray());
  }

  @Test
  void shouldReadTheSameBytesInPiecesOfAnySize() throws Exception {
    ByteArrayOutputStream drained = new ByteArrayOutputStream();
    new Outbound.DeliveryStream(frame()).drainTo(drained);
    for (int size = 1; size <= drained.size() + 1; size++) {
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      byte[] piece = new byte[size + 1];
      try (Outbound.DeliveryStream stream = new Outbound.DeliveryStream(frame())) {
        for (int count = stream.read(piece, 1, size);
            count >= 0;
            count = stream.read(piece, 1, size)) {
          read.write(piece, 1, count);
        }
      }
      assertThat(read.toByteArray()).isEqualTo(drained.toByteArray());
    }
  }

  @Test
  void shouldKeepDeliveriesAtTheSameFieldInEveryMessageThatHasOne() {
    assertThat(DataResponse.DELIVERY_FIELD_NUMBER).isEqualTo(TailResponse.DELIVERY_FIELD_NUMBER);
  }
}
