package dev.swarmlog.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.hostile.RawHttp2;
import dev.swarmlog.server.Limits;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.GetStatusRequest;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** There is room for so many connections and calls, and for others once they have gone. */
final class ConnectionLimitTest {

  private static final byte[] NOTHING = new byte[0];
  private static final int REFUSED_STREAM = 7;
  private static final int CANCEL = 8;

  /** A method that does not answer. */
  private static final String SILENT = "/swarmlog.v1.AdministrationService/GetSwarm";

  @TempDir Path directory;

  @Test
  void shouldCloseConnectionsBeyondTheBoundUntilOthersAreClosed() throws Exception {
    // given as many as may be open
    Limits limits = Limits.defaults().with("maxSessions", 3).with("maxConnections", 3);
    try (TestTransport server = TestTransport.start(limits, Map.of());
        RawHttp2 first = answering(server);
        RawHttp2 second = answering(server);
        RawHttp2 third = answering(server)) {

      // when there is one more
      RawHttp2.Ending ending = refused(server);

      // then it is told why, and the others stay open
      assertThat(ending.closed()).isTrue();
      assertThat(ending.goAway()).isEqualTo(RawHttp2.ENHANCE_YOUR_CALM);
      assertThat(List.of(first, second, third)).allMatch(ConnectionLimitTest::answers);

      // and there is room for another when one of them has gone
      second.close();
      await().until(() -> isServed(server));
    }
  }

  @Test
  void shouldCloseConnectionsBeyondTheBoundBeforeTheirHandshakeOverTls() throws Exception {
    // given
    TestCertificate certificate = TestCertificate.forServer(directory);
    Map<String, String> flags =
        Map.of(
            "tls-certificate",
            certificate.writeCertificate(directory.resolve("server.pem")).toString(),
            "tls-key",
            certificate.writeKey(directory.resolve("server.key")).toString());
    Limits limits = Limits.defaults().with("maxSessions", 1).with("maxConnections", 1);
    try (TestTransport server = TestTransport.start(limits, flags);
        RawHttp2 only = RawHttp2.connect(FloodTest.trusting(), server.port())) {
      only.handshake();
      assertThat(answers(only)).isTrue();

      // then
      assertThatThrownBy(() -> RawHttp2.connect(FloodTest.trusting(), server.port()).close())
          .isInstanceOf(IOException.class);
      assertThat(answers(only)).isTrue();
    }
  }

  @Test
  void shouldRefuseCallsBeyondTheBoundUntilOthersAreOver() throws Exception {
    // given as many as may be open
    Limits limits = Limits.defaults().with("maxSessions", 1).with("maxCalls", 4);
    try (TestTransport server = TestTransport.start(limits, Map.of());
        RawHttp2 silent = answering(server)) {
      for (int stream : new int[] {1, 3, 5, 7}) {
        silent.write(RawHttp2.open(stream, SILENT));
      }
      assertThat(answers(silent)).as("they have come").isTrue();
      ManagedChannel channel = channel(server);
      try {
        // when there is one more, then it is refused, and so is the next
        for (int i = 0; i < 3; i++) {
          assertThatThrownBy(() -> status(channel))
              .isInstanceOf(StatusRuntimeException.class)
              .hasMessageContaining("Expected at most 4 calls to be open")
              .extracting(failure -> ((StatusRuntimeException) failure).getStatus().getCode())
              .isEqualTo(Status.Code.UNAVAILABLE);
        }

        // and there is room when one of them is over
        silent.write(RawHttp2.frame(RawHttp2.RST_STREAM, 0, 1, new byte[] {0, 0, 0, CANCEL}));
        await().until(() -> isServed(channel));
      } finally {
        channel.shutdownNow();
      }
    }
  }

  @Test
  void shouldRefuseTheStreamsOfAConnectionBeyondItsBound() throws Exception {
    Limits limits =
        Limits.defaults()
            .with("maxHeldCallsPerConnection", 1)
            .with("maxUnservedCallsPerConnection", 2)
            .with("maxConcurrentCallsPerConnection", 2);
    try (TestTransport server = TestTransport.start(limits, Map.of());
        RawHttp2 connection = answering(server)) {
      // when
      for (int stream : new int[] {1, 3, 5}) {
        connection.write(RawHttp2.open(stream, SILENT));
      }

      // then
      RawHttp2.Frame reset = connection.readNext(RawHttp2.RST_STREAM);
      assertThat(reset.stream()).isEqualTo(5);
      assertThat(reset.payload()).containsExactly(0, 0, 0, REFUSED_STREAM);
      assertThat(answers(connection)).isTrue();
    }
  }

  @Test
  void shouldPingAConnectionThatIsSilentAndCloseItWithoutAnAnswer() throws Exception {
    Limits limits =
        Limits.defaults()
            .with("keepAliveTime", Duration.ofMillis(100))
            .with("keepAliveTimeout", Duration.ofMillis(100));
    try (TestTransport server = TestTransport.start(limits, Map.of());
        RawHttp2 connection = new RawHttp2(server.port())) {
      connection.handshake();

      // when
      RawHttp2.Frame ping = connection.readNext(RawHttp2.PING);
      assertThat(ping.flags()).isZero();
      connection.write(RawHttp2.frame(RawHttp2.PING, RawHttp2.ACK, 0, ping.payload()));
      assertThat(connection.readNext(RawHttp2.PING).flags()).as("it was heard").isZero();

      // then
      assertThatThrownBy(() -> connection.readNext(RawHttp2.PING)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void shouldCloseAConnectionThatPingsTooOften() throws Exception {
    Limits limits = Limits.defaults().with("minClientKeepAliveInterval", Duration.ofMinutes(1));
    try (TestTransport server = TestTransport.start(limits, Map.of());
        RawHttp2 connection = new RawHttp2(server.port())) {
      connection.handshake();

      // when
      for (int i = 0; i < 10; i++) {
        connection.write(RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8]));
      }

      // then
      byte[] goAway = connection.readNext(RawHttp2.GOAWAY).payload();
      assertThat(goAway[7]).isEqualTo((byte) RawHttp2.ENHANCE_YOUR_CALM);
      assertThat(new String(goAway, 8, goAway.length - 8, StandardCharsets.US_ASCII))
          .isEqualTo("too_many_pings");
    }
  }

  @Test
  void shouldCloseAConnectionWithoutCalls() throws Exception {
    // The least that gRPC takes.
    Limits limits = Limits.defaults().with("maxConnectionIdle", Duration.ofSeconds(1));
    try (TestTransport server = TestTransport.start(limits, Map.of());
        RawHttp2 connection = answering(server)) {
      byte[] goAway = connection.readNext(RawHttp2.GOAWAY).payload();
      assertThat(goAway[7]).as("no error").isZero();
    }
  }

  private static RawHttp2 answering(TestTransport server) throws IOException {
    RawHttp2 connection = new RawHttp2(server.port());
    connection.handshake();
    assertThat(answers(connection)).isTrue();
    return connection;
  }

  private static boolean answers(RawHttp2 connection) {
    try {
      connection.write(RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8]));
      return connection.readNext(RawHttp2.PING).flags() == RawHttp2.ACK;
    } catch (IOException e) {
      return false;
    }
  }

  private static RawHttp2.Ending refused(TestTransport server) throws IOException {
    try (RawHttp2 connection = new RawHttp2(server.port())) {
      connection.handshake();
      return connection.flood(repetition -> NOTHING, 1, true);
    }
  }

  private static boolean isServed(TestTransport server) {
    ManagedChannel channel = channel(server);
    try {
      return isServed(channel);
    } finally {
      channel.shutdownNow();
    }
  }

  private static boolean isServed(ManagedChannel channel) {
    try {
      return status(channel).equals("local");
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  private static String status(ManagedChannel channel) {
    return AdministrationServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .getStatus(GetStatusRequest.getDefaultInstance())
        .getVersion();
  }

  private static ManagedChannel channel(TestTransport server) {
    return NettyChannelBuilder.forAddress(
            "127.0.0.1", server.port(), InsecureChannelCredentials.create())
        .build();
  }
}
