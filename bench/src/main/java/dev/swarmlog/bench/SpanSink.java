package dev.swarmlog.bench;

import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A collector that takes whatever it is sent and keeps nothing: a bench shall see what telling
 * costs, not what storing does.
 */
final class SpanSink implements AutoCloseable {

  /** An empty message, which is what a collector answers. */
  private static final byte[] ANSWER = {};

  private final AtomicLong bytes = new AtomicLong();
  private final Server server;

  private SpanSink() throws IOException {
    this.server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .fallbackHandlerRegistry(new Anything())
            .maxInboundMessageSize(64 << 20)
            .directExecutor()
            .build()
            .start();
  }

  /** Starts one on a free port of this machine. */
  static SpanSink start() throws IOException {
    return new SpanSink();
  }

  /** Such as {@code http://localhost:41234}. */
  String endpoint() {
    return "http://localhost:" + server.getPort();
  }

  /** What came so far. */
  long bytes() {
    return bytes.get();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  /** Every unary method there may be. */
  private final class Anything extends HandlerRegistry {

    @Override
    public ServerMethodDefinition<byte[], byte[]> lookupMethod(
        String methodName, @Nullable String authority) {
      MethodDescriptor<byte[], byte[]> method =
          MethodDescriptor.newBuilder(RawMessages.MARSHALLER, RawMessages.MARSHALLER)
              .setType(MethodType.UNARY)
              .setFullMethodName(methodName)
              .build();
      return ServerMethodDefinition.create(
          method,
          ServerCalls.asyncUnaryCall(
              (request, response) -> {
                bytes.addAndGet(request.length);
                response.onNext(ANSWER);
                response.onCompleted();
              }));
    }
  }
}
