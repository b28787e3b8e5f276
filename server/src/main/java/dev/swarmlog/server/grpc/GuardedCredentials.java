package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Limits;
import io.grpc.ServerCredentials;
import io.grpc.internal.ObjectPool;
import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.shaded.io.grpc.netty.ProtocolNegotiationEvent;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelPipeline;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslHandler;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Credentials that put a {@link FrameGuard} before the HTTP/2 codec of every connection, behind TLS
 * where there is TLS, close connections of which there are too many, and give calls their {@link
 * Connection}. It is the one place that uses what grpc-java calls internal (ADR 0025).
 */
final class GuardedCredentials {

  private static final Logger logger = LoggerFactory.getLogger(GuardedCredentials.class);

  private GuardedCredentials() {}

  /** The same credentials with a guard. */
  static ServerCredentials guard(ServerCredentials credentials, Limits limits) {
    InternalProtocolNegotiator.ServerFactory inner =
        InternalNettyServerCredentials.toNegotiator(credentials);
    OpenConnections connections = new OpenConnections(limits.maxConnections());
    return InternalNettyServerCredentials.create(
        new InternalProtocolNegotiator.ServerFactory() {
          @Override
          public InternalProtocolNegotiator.ProtocolNegotiator newNegotiator(
              ObjectPool<? extends Executor> offload) {
            return new Negotiator(inner.newNegotiator(offload), limits, connections);
          }
        });
  }

  private record Negotiator(
      InternalProtocolNegotiator.ProtocolNegotiator inner,
      Limits limits,
      OpenConnections connections)
      implements InternalProtocolNegotiator.ProtocolNegotiator {

    @Override
    public AsciiString scheme() {
      return inner.scheme();
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler codec) {
      return new Installer(
          inner.newHandler(codec),
          new FrameGuard(new FrameBudget(limits, System::nanoTime)),
          connections,
          codec,
          limits.maxConcurrentCallsPerConnection());
    }

    @Override
    public void close() {
      inner.close();
    }
  }

  /**
   * Puts the guard in its place as soon as it is known where that is, which is before the first
   * byte is read: after negotiation has begun there is either TLS in the pipeline, or the codec.
   */
  private static final class Installer extends ChannelInboundHandlerAdapter {

    private final ChannelHandler negotiation;
    private final FrameGuard guard;
    private final OpenConnections connections;
    private final GrpcHttp2ConnectionHandler codec;
    private final int maxStreams;
    private boolean tooMany;

    Installer(
        ChannelHandler negotiation,
        FrameGuard guard,
        OpenConnections connections,
        GrpcHttp2ConnectionHandler codec,
        int maxStreams) {
      this.negotiation = negotiation;
      this.guard = guard;
      this.connections = connections;
      this.codec = codec;
      this.maxStreams = maxStreams;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      tooMany = !connections.opened(context.channel());
      context.pipeline().addAfter(context.name(), null, negotiation);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
      super.userEventTriggered(
          context,
          event instanceof ProtocolNegotiationEvent negotiation
              ? withConnection(context, negotiation)
              : event);
      install(context);
    }

    /** What the event that begins the negotiation carries, becomes the attributes of calls. */
    private ProtocolNegotiationEvent withConnection(
        ChannelHandlerContext context, ProtocolNegotiationEvent event) {
      Connection connection =
          new Connection(maxStreams, new StreamAnnouncer(context.channel(), codec));
      return InternalProtocolNegotiationEvent.withAttributes(
          event,
          InternalProtocolNegotiationEvent.getAttributes(event).toBuilder()
              .set(Connection.ATTRIBUTE, connection)
              .build());
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
      super.channelActive(context);
      install(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      // Nothing gets to a codec without a guard.
      ReferenceCountUtil.release(message);
      context.fireExceptionCaught(
          new IllegalStateException("Expected negotiation to begin before the first byte is read"));
      context.close();
    }

    private static SocketAddress peer(ChannelHandlerContext context) {
      return context.channel().remoteAddress();
    }

    private void install(ChannelHandlerContext context) {
      if (context.isRemoved()) {
        return;
      }
      ChannelPipeline pipeline = context.pipeline();
      ChannelHandlerContext tls = pipeline.context(SslHandler.class);
      if (tls != null && tooMany) {
        // Without a word: a handshake is what costs most.
        logger.info("Closing the connection of {}: {}", peer(context), connections.full());
        context.close();
      } else if (tls != null) {
        pipeline.addAfter(tls.name(), null, guard);
        pipeline.remove(this);
      } else if (pipeline.context(GrpcHttp2ConnectionHandler.class) != null) {
        pipeline.replace(this, null, guard);
        if (tooMany) {
          guard.close(pipeline.context(guard), connections.full());
        }
      }
    }
  }
}
