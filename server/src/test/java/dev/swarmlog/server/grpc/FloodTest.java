package dev.swarmlog.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.hostile.Flood;
import dev.swarmlog.hostile.RawHttp2;
import dev.swarmlog.server.Limits;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.GetStatusRequest;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A connection that floods is closed, whatever it floods with; others are served. */
final class FloodTest {

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void shouldCloseConnectionThatFloodsAndReads(Flood flood) throws Exception {
    shouldClose(flood, true);
  }

  @ParameterizedTest
  @EnumSource
  void shouldCloseConnectionThatFloodsAndDoesNotRead(Flood flood) throws Exception {
    shouldClose(flood, false);
  }

  @ParameterizedTest
  @EnumSource
  void shouldCloseConnectionThatFloodsOverTls(Flood flood) throws Exception {
    // given
    TestCertificate certificate = TestCertificate.forServer(directory);
    Map<String, String> flags =
        Map.of(
            "tls-certificate",
            certificate.writeCertificate(directory.resolve("server.pem")).toString(),
            "tls-key",
            certificate.writeKey(directory.resolve("server.key")).toString());
    try (TestTransport server = TestTransport.start(Limits.defaults(), flags);
        RawHttp2 attacker = RawHttp2.connect(trusting(), server.port())) {
      attacker.handshake();

      // when
      RawHttp2.Ending ending =
          attacker.flood(i -> flood.frames(i, Flood.SILENT_PATH), flood.repetitions(), true);

      // then
      assertThat(ending.closed()).isTrue();
    }
  }

  @Test
  void shouldSayThatItFloods() throws Exception {
    try (TestTransport server = TestTransport.start(Limits.defaults(), Map.of());
        RawHttp2 attacker = new RawHttp2(server.port())) {
      attacker.handshake();

      // when
      RawHttp2.Ending ending =
          attacker.flood(
              i -> Flood.SETTINGS_FLOOD.frames(i, Flood.SILENT_PATH),
              Limits.defaults().maxControlFramesPerWindow() + 1,
              true);

      // then
      assertThat(ending.closed()).isTrue();
      assertThat(ending.goAway()).isEqualTo(RawHttp2.ENHANCE_YOUR_CALM);
    }
  }

  private static void shouldClose(Flood flood, boolean reading) throws Exception {
    // given
    try (TestTransport server = TestTransport.start(Limits.defaults(), Map.of());
        RawHttp2 attacker = new RawHttp2(server.port())) {
      attacker.handshake();

      // when
      RawHttp2.Ending ending =
          attacker.flood(i -> flood.frames(i, Flood.SILENT_PATH), flood.repetitions(), reading);

      // then
      assertThat(ending.closed()).isTrue();
      assertThat(isServed(server)).isTrue();
    }
  }

  private static boolean isServed(TestTransport server) throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(
                "127.0.0.1", server.port(), InsecureChannelCredentials.create())
            .build();
    try {
      return AdministrationServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(30, TimeUnit.SECONDS)
          .getStatus(GetStatusRequest.getDefaultInstance())
          .getVersion()
          .equals("local");
    } finally {
      channel.shutdownNow();
    }
  }

  /** The certificate is not what is tested. */
  static SSLContext trusting() throws Exception {
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(
        null,
        new TrustManager[] {
          new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
              return new X509Certificate[0];
            }
          }
        },
        new SecureRandom());
    return context;
  }
}
