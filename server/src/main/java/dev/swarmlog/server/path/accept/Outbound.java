package dev.swarmlog.server.path.accept;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import dev.swarmlog.server.path.deliver.DeliveryFrame;
import dev.swarmlog.v1.Delivery;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * What goes out on a stream that delivers: a plain message, or a delivery whose operations were
 * encoded before and are shared with other streams.
 */
sealed interface Outbound {

  /** Any arm but the delivery. */
  record Plain(Message message) implements Outbound {}

  /** The {@code delivery} arm, which has field number 1 in every message that has one. */
  record Shared(DeliveryFrame frame) implements Outbound {}

  /**
   * How much a frame of any stream takes up while it is not read.
   *
   * @param frame one of these, or a message
   */
  static long bytes(Object frame) {
    if (frame instanceof Shared shared) {
      return shared.frame().runBytes();
    }
    Object message = frame instanceof Plain plain ? plain.message() : frame;
    return ((Message) message).getSerializedSize();
  }

  /** Writes either of them; reads nothing, since only coordinators send these. */
  static MethodDescriptor.Marshaller<Outbound> marshaller(Message defaultInstance) {
    MethodDescriptor.Marshaller<Message> plain = ProtoUtils.marshaller(defaultInstance);
    return new MethodDescriptor.Marshaller<>() {
      @Override
      public InputStream stream(Outbound outbound) {
        if (outbound instanceof Shared shared) {
          return new DeliveryStream(shared.frame());
        }
        return plain.stream(((Plain) outbound).message());
      }

      @Override
      public Outbound parse(InputStream stream) {
        throw new UnsupportedOperationException("Expected only to send these");
      }
    };
  }

  /** The wire form of a shared delivery: its head, then the runs as they are. */
  final class DeliveryStream extends InputStream implements Drainable, KnownLength {

    private static final int DELIVERY_FIELD = 1;

    private final byte[] head;
    private final DeliveryFrame frame;
    private final int length;
    private int position;

    DeliveryStream(DeliveryFrame frame) {
      this.frame = frame;
      byte[] ownFields =
          Delivery.newBuilder()
              .setFromOpId(frame.fromExclusive())
              .setTo(frame.to())
              .addAllSkipped(frame.skipped())
              .addAllTracedOpIds(frame.tracedOpIds())
              .build()
              .toByteArray();
      int deliveryLength = ownFields.length + frame.runBytes();
      this.head =
          new byte
              [CodedOutputStream.computeTagSize(DELIVERY_FIELD)
                  + CodedOutputStream.computeUInt32SizeNoTag(deliveryLength)
                  + ownFields.length];
      CodedOutputStream out = CodedOutputStream.newInstance(head);
      try {
        out.writeTag(DELIVERY_FIELD, 2);
        out.writeUInt32NoTag(deliveryLength);
        out.writeRawBytes(ownFields);
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      this.length = head.length + frame.runBytes();
    }

    @Override
    public int available() {
      return length - position;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      if (position != 0) {
        throw new IllegalStateException("Expected a stream nobody has read from");
      }
      target.write(head);
      for (byte[] run : frame.runs()) {
        target.write(run);
      }
      position = length;
      return length;
    }

    @Override
    public int read(byte[] into, int offset, int maxBytes) {
      int count = Math.min(maxBytes, length - position);
      if (count <= 0) {
        return maxBytes == 0 ? 0 : -1;
      }
      copy(head, 0, into, offset, count);
      int begin = head.length;
      for (byte[] run : frame.runs()) {
        copy(run, begin, into, offset, count);
        begin += run.length;
      }
      position += count;
      return count;
    }

    /** Copies what of a part, which begins at {@code begin}, is among the next so many bytes. */
    private void copy(byte[] part, int begin, byte[] into, int offset, int count) {
      int from = Math.max(position, begin);
      int to = Math.min(position + count, begin + part.length);
      if (from < to) {
        System.arraycopy(part, from - begin, into, offset + from - position, to - from);
      }
    }

    @Override
    public int read() {
      if (position >= length) {
        return -1;
      }
      int at = position++;
      if (at < head.length) {
        return head[at] & 0xff;
      }
      at -= head.length;
      for (byte[] run : frame.runs()) {
        if (at < run.length) {
          return run[at] & 0xff;
        }
        at -= run.length;
      }
      return -1;
    }
  }
}
