package dev.swarmlog.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Settings;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntConsumer;

/**
 * Tells the client of a connection how many streams it may have open, by SETTINGS (RFC 9113,
 * 6.5.2). The codec refuses streams beyond that once the client has acknowledged it; those that are
 * open stay. May be called from any thread.
 */
final class StreamAnnouncer implements IntConsumer {

  private final Channel channel;
  private final Http2ConnectionHandler codec;

  StreamAnnouncer(Channel channel, Http2ConnectionHandler codec) {
    this.channel = channel;
    this.codec = codec;
  }

  @Override
  public void accept(int streams) {
    try {
      channel.eventLoop().execute(() -> announce(streams));
    } catch (RejectedExecutionException e) {
      // The transport has ended, and the connection with it.
    }
  }

  private void announce(int streams) {
    ChannelHandlerContext context = channel.pipeline().context(codec);
    if (context != null && channel.isActive()) {
      codec
          .encoder()
          .writeSettings(
              context, new Http2Settings().maxConcurrentStreams(streams), context.newPromise());
      context.flush();
    }
  }
}
