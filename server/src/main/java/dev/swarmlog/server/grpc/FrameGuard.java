package dev.swarmlog.server.grpc;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before the HTTP/2 codec of one connection, reads the header of every frame that passes
 * (RFC 9113, 4.1), and closes the connection with ENHANCE_YOUR_CALM when its {@link FrameBudget} is
 * used up.
 *
 * <p>It changes nothing of what passes and copies nothing. What is no HTTP/2 is left to the codec.
 * Owned by the connection's event loop.
 */
final class FrameGuard extends ChannelInboundHandlerAdapter {

  private static final Logger logger = LoggerFactory.getLogger(FrameGuard.class);
  private static final int PREFACE_BYTES = 24;
  private static final int HEADER_BYTES = 9;

  private final FrameBudget budget;

  /** Bytes to pass before the next header begins: the preface first, then payloads. */
  private int skip = PREFACE_BYTES;

  /** Bytes of the current header that have come: length (3), type, flags, stream (4). */
  private int headerBytes;

  private int length;
  private int type;
  private int flags;
  private boolean closing;

  FrameGuard(FrameBudget budget) {
    this.budget = budget;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (closing) {
      ReferenceCountUtil.release(message);
      return;
    }
    String tooMuch = message instanceof ByteBuf bytes ? count(bytes) : null;
    if (tooMuch == null) {
      context.fireChannelRead(message);
      return;
    }
    ReferenceCountUtil.release(message);
    close(context, tooMuch);
  }

  /** Takes nothing more, says why, and closes the connection. */
  void close(ChannelHandlerContext context, String why) {
    closing = true;
    logger.info("Closing the connection of {}: {}", context.channel().remoteAddress(), why);
    // The codec answers with GOAWAY. It is not waited for: who does not read would not let it out.
    context.fireExceptionCaught(
        Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "%s", why));
    context.close();
  }

  private @Nullable String count(ByteBuf bytes) {
    int index = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (index < end) {
      if (skip > 0) {
        int skipped = Math.min(skip, end - index);
        skip -= skipped;
        index += skipped;
      } else {
        take(bytes.getUnsignedByte(index++));
        if (headerBytes == HEADER_BYTES) {
          headerBytes = 0;
          skip = length;
          String tooMuch = budget.count(type, flags, length);
          if (tooMuch != null) {
            return tooMuch;
          }
        }
      }
    }
    return null;
  }

  /** Takes the next byte of a header. */
  private void take(int next) {
    switch (headerBytes++) {
      case 0 -> length = next << 16;
      case 1 -> length |= next << 8;
      case 2 -> length |= next;
      case 3 -> type = next;
      case 4 -> flags = next;
      default -> {
        // The stream does not matter.
      }
    }
  }
}
