package dev.swarmlog.demo.polyglot;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.bench.RawMessages;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.SessionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.HandlerRegistry;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Carries gRPC calls to the coordinator, and every so often a delivery twice, as a careless proxy
 * would. Asks for a message only when the last one has gone on, so flow control works through it.
 * Thread-safe.
 */
final class DuplicatingProxy implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 64 << 20;
  private static final long PING_ALLOWED_EVERY_S = 1;

  private final int every;
  private final ManagedChannel coordinator;
  private final Server server;
  private final AtomicLong deliveries = new AtomicLong();
  private final AtomicLong duplicates = new AtomicLong();

  /**
   * A proxy to a port of loopback.
   *
   * @param every one of so many deliveries is sent twice
   */
  DuplicatingProxy(int port, int every) throws IOException {
    this.every = every;
    InetAddress loopback = InetAddress.getLoopbackAddress();
    this.coordinator =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(loopback, port), InsecureChannelCredentials.create())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .build();
    this.server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(loopback, 0), InsecureServerCredentials.create())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .permitKeepAliveTime(PING_ALLOWED_EVERY_S, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .fallbackHandlerRegistry(new AnyMethod())
            .build()
            .start();
  }

  int port() {
    return server.getPort();
  }

  /** How many deliveries were sent a second time. */
  long duplicates() {
    return duplicates.get();
  }

  @Override
  public void close() {
    server.shutdownNow();
    coordinator.shutdownNow();
  }

  private boolean isDuplicated(MethodDescriptor<?, ?> method, byte[] message) {
    if (!method
        .getFullMethodName()
        .equals(SessionServiceGrpc.getDataMethod().getFullMethodName())) {
      return false;
    }
    try {
      return DataResponse.parseFrom(message).hasDelivery()
          && deliveries.incrementAndGet() % every == 0;
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  private final class AnyMethod extends HandlerRegistry {
    @Override
    public ServerMethodDefinition<byte[], byte[]> lookupMethod(
        String name, @Nullable String authority) {
      MethodDescriptor<byte[], byte[]> method =
          MethodDescriptor.newBuilder(RawMessages.MARSHALLER, RawMessages.MARSHALLER)
              .setFullMethodName(name)
              .setType(MethodDescriptor.MethodType.UNKNOWN)
              .build();
      return ServerMethodDefinition.create(
          method,
          (call, headers) -> {
            Relay relay = new Relay(call, coordinator.newCall(method, CallOptions.DEFAULT));
            relay.start(headers);
            return relay;
          });
    }
  }

  /** One call. What agents send arrives here, what the coordinator answers in {@link Answers}. */
  private final class Relay extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> agent;
    private final ClientCall<byte[], byte[]> upstream;
    private final AtomicBoolean requestOwed = new AtomicBoolean();
    private final AtomicBoolean answerOwed = new AtomicBoolean();

    Relay(ServerCall<byte[], byte[]> agent, ClientCall<byte[], byte[]> upstream) {
      this.agent = agent;
      this.upstream = upstream;
    }

    void start(Metadata headers) {
      upstream.start(new Answers(), headers);
      agent.request(1);
      upstream.request(1);
    }

    @Override
    public void onMessage(byte[] message) {
      upstream.sendMessage(message);
      requestOwed.set(true);
      askAgent();
    }

    private void askAgent() {
      if (upstream.isReady() && requestOwed.compareAndSet(true, false)) {
        agent.request(1);
      }
    }

    @Override
    public void onReady() {
      askUpstream();
    }

    private void askUpstream() {
      if (agent.isReady() && answerOwed.compareAndSet(true, false)) {
        upstream.request(1);
      }
    }

    @Override
    public void onHalfClose() {
      upstream.halfClose();
    }

    @Override
    public void onCancel() {
      upstream.cancel("The agent's side was cancelled.", null);
    }

    private final class Answers extends ClientCall.Listener<byte[]> {
      @Override
      public void onHeaders(Metadata headers) {
        agent.sendHeaders(headers);
      }

      @Override
      public void onMessage(byte[] message) {
        agent.sendMessage(message);
        if (isDuplicated(agent.getMethodDescriptor(), message)) {
          duplicates.incrementAndGet();
          agent.sendMessage(message);
        }
        answerOwed.set(true);
        askUpstream();
      }

      @Override
      public void onReady() {
        askAgent();
      }

      @Override
      public void onClose(Status status, Metadata trailers) {
        agent.close(status, trailers);
      }
    }
  }
}
