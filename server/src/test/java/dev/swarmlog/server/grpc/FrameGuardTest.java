package dev.swarmlog.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.hostile.RawHttp2;
import dev.swarmlog.server.Limits;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FrameGuardTest {

  private static final int MAX_CONTROL = 5;
  private static final int MAX_FLOW_CONTROL = 8;

  private static final byte[] SETTINGS = RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, new byte[6]);
  private static final byte[] PING = RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8]);
  private static final byte[] MESSAGE = RawHttp2.frame(RawHttp2.DATA, 0, 1, new byte[300]);
  private static final byte[] END =
      RawHttp2.frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1, new byte[0]);

  private final AtomicLong nowNs = new AtomicLong(1_000);
  private final EmbeddedChannel channel =
      new EmbeddedChannel(new FrameGuard(new FrameBudget(limits(), nowNs::get)));

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 9, 10_000})
  void shouldFindEveryFrameHoweverTheBytesAreCut(int pieceBytes) {
    // given
    send(pieceBytes, preface(), MESSAGE, SETTINGS, SETTINGS, END, SETTINGS, SETTINGS, SETTINGS);
    assertThat(channel.isOpen()).isTrue();

    // when
    send(pieceBytes, SETTINGS);

    // then
    assertThat(channel.isOpen()).isFalse();
    assertThat(failure())
        .isInstanceOf(Http2Exception.class)
        .hasMessage("Expected at most 5 control frames within 10000 ms, but got more");
  }

  @Test
  void shouldPassOnWhatItCountsUnchanged() {
    // given
    byte[] preface = preface();

    // when
    send(1_000, preface, MESSAGE);

    // then
    ByteBuf passed = channel.readInbound();
    assertThat(passed.readableBytes()).isEqualTo(preface.length + MESSAGE.length);
    passed.release();
  }

  @Test
  void shouldNotCountMessagesAndTheirEnds() {
    // given
    send(10_000, preface());

    // when
    for (int i = 0; i < 1_000; i++) {
      send(10_000, RawHttp2.open(2 * i + 1, "/a"), MESSAGE, END);
    }

    // then
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void shouldLetMorePingsPassThanOtherControlFrames() {
    // given
    send(10_000, preface(), PING, PING, PING, PING, PING, PING, PING, PING);
    assertThat(channel.isOpen()).isTrue();

    // when
    send(10_000, PING);

    // then
    assertThat(channel.isOpen()).isFalse();
    assertThat(failure())
        .hasMessage(
            "Expected at most 8 PING and WINDOW_UPDATE frames within 10000 ms, but got more");
  }

  @Test
  void shouldCountAnewInTheNextWindow() {
    // given
    send(10_000, preface(), SETTINGS, SETTINGS, SETTINGS, SETTINGS, SETTINGS);

    // when
    nowNs.addAndGet(Duration.ofSeconds(10).toNanos() + 1);
    send(10_000, SETTINGS, SETTINGS, SETTINGS, SETTINGS, SETTINGS);

    // then
    assertThat(channel.isOpen()).isTrue();
  }

  private void send(int pieceBytes, byte[]... frames) {
    ByteBuf all = Unpooled.wrappedBuffer(frames);
    while (all.isReadable()) {
      channel
          .pipeline()
          .fireChannelRead(all.readRetainedSlice(Math.min(pieceBytes, all.readableBytes())));
    }
    all.release();
  }

  private Throwable failure() {
    try {
      channel.checkException();
      throw new AssertionError("Expected a failure, but there was none");
    } catch (Exception e) {
      return e;
    }
  }

  private static byte[] preface() {
    return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  }

  private static Limits limits() {
    return Limits.defaults()
        .with("maxResetsPerWindow", 1)
        .with("maxControlFramesPerWindow", MAX_CONTROL)
        .with("maxFlowControlFramesPerWindow", MAX_FLOW_CONTROL);
  }
}
