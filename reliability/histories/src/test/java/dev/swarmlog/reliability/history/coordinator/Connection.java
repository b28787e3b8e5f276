package dev.swarmlog.reliability.history.coordinator;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection, made anew after each failure: the library would wait a second before it
 * tries again. Belongs to one thread.
 */
final class Connection implements AutoCloseable {

  /** How long a call may take, restarts included. */
  static final int PATIENCE_SECONDS = 20;

  private final int port;
  private @Nullable ManagedChannel open;

  Connection(int port) {
    this.port = port;
  }

  ManagedChannel channel() {
    ManagedChannel channel = open;
    if (channel == null) {
      channel =
          NettyChannelBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
              .usePlaintext()
              .build();
      open = channel;
    }
    return channel;
  }

  /** It did not work any more. */
  void drop() {
    ManagedChannel channel = open;
    if (channel != null) {
      channel.shutdownNow();
      open = null;
    }
  }

  @Override
  public void close() {
    drop();
  }

  /** The reason of a refusal, without its prefix; empty if it is none of the coordinator's. */
  static Optional<String> reason(Throwable failure) {
    Status status = StatusProto.fromThrowable(failure);
    return status == null ? Optional.empty() : reason(status);
  }

  static Optional<String> reason(Status status) {
    for (Any detail : status.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          return Optional.of(detail.unpack(ErrorInfo.class).getReason());
        } catch (InvalidProtocolBufferException e) {
          throw new IllegalStateException("Expected a reason in " + status, e);
        }
      }
    }
    return Optional.empty();
  }
}
