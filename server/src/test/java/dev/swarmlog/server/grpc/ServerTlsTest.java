package dev.swarmlog.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.rpc.ErrorInfo;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.StartupException;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.GetStatusRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServerTlsTest {

  @TempDir static Path shared;

  private static TestCertificate serverIdentity;
  private static TestCertificate otherServerIdentity;
  private static TestCertificate agent;
  private static TestCertificate nameless;

  @TempDir Path directory;

  private Path certificate;
  private Path key;
  private Path clientCa;

  @BeforeAll
  static void createCertificates() throws Exception {
    serverIdentity = TestCertificate.forServer(shared);
    otherServerIdentity = TestCertificate.forServer(shared);
    agent = TestCertificate.forClient(shared, "uri:spiffe://example.org/agent/a");
    nameless = TestCertificate.forClient(shared, "dns:agent-a");
  }

  @BeforeEach
  void writeFiles() throws Exception {
    certificate = serverIdentity.writeCertificate(directory.resolve("server.pem"));
    key = serverIdentity.writeKey(directory.resolve("server.key"));
    clientCa = agent.writeCertificate(directory.resolve("clients.pem"));
  }

  @Test
  void shouldServeTlsToLocalCallerWithoutCertificate() throws Exception {
    try (TestTransport server = start(false)) {
      assertThat(whoAmI(server, serverIdentity, null)).isEqualTo("local");
    }
  }

  @Test
  void shouldTakePrincipalFromUriOfClientCertificate() throws Exception {
    try (TestTransport server = start(true)) {
      assertThat(whoAmI(server, serverIdentity, agent)).isEqualTo("spiffe://example.org/agent/a");
    }
  }

  @Test
  void shouldRefuseClientWithoutCertificateWhereOneIsAsked() throws Exception {
    try (TestTransport server = start(true)) {
      assertThat(failure(server, serverIdentity, null).getStatus().getCode())
          .isEqualTo(Status.Code.UNAVAILABLE);
    }
  }

  @Test
  void shouldRefuseClientWithCertificateOfAStranger() throws Exception {
    try (TestTransport server = start(true)) {
      assertThat(failure(server, serverIdentity, otherServerIdentity).getStatus().getCode())
          .isEqualTo(Status.Code.UNAVAILABLE);
    }
  }

  @Test
  void shouldRefuseTrustedClientWithoutUri() throws Exception {
    // given
    nameless.writeCertificate(clientCa);

    try (TestTransport server = start(true)) {
      // when
      StatusRuntimeException refused = failure(server, serverIdentity, nameless);

      // then
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(
              StatusProto.fromThrowable(refused).getDetails(0).unpack(ErrorInfo.class).getReason())
          .isEqualTo("UNAUTHENTICATED");
      assertThat(refused).hasMessageContaining("URI");
    }
  }

  @Test
  void shouldPresentNewCertificateOnceBothFilesChanged() throws Exception {
    try (TestTransport server = start(false)) {
      // given
      assertThat(whoAmI(server, serverIdentity, null)).isEqualTo("local");

      // when
      otherServerIdentity.writeCertificate(certificate);
      otherServerIdentity.writeKey(key);

      // then
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> whoAmI(server, otherServerIdentity, null).equals("local"));
      assertThat(failure(server, serverIdentity, null).getStatus().getCode())
          .isEqualTo(Status.Code.UNAVAILABLE);
    }
  }

  @Test
  void shouldTrustNewClientsOnceTheirFileChanged() throws Exception {
    // given
    TestCertificate newAgent =
        TestCertificate.forClient(shared, "uri:spiffe://example.org/agent/b");

    try (TestTransport server = start(true)) {
      assertThat(failure(server, serverIdentity, newAgent)).isNotNull();

      // when
      newAgent.writeCertificate(clientCa);

      // then
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(
              () ->
                  whoAmI(server, serverIdentity, newAgent).equals("spiffe://example.org/agent/b"));
      assertThat(failure(server, serverIdentity, agent)).isNotNull();
    }
  }

  @Test
  void shouldKeepLastGoodPairWhileFilesDoNotBelongTogether() throws Exception {
    // given
    ServerTls tls =
        new ServerTls(
            new dev.swarmlog.server.configuration.ServerConfiguration.TlsFiles(
                certificate, key, java.util.Optional.empty()));

    // when
    otherServerIdentity.writeCertificate(certificate);
    boolean halfTaken = tls.reloadIfChanged();
    Files.writeString(key, "garbage");
    boolean garbageTaken = tls.reloadIfChanged();
    otherServerIdentity.writeKey(key);
    boolean taken = tls.reloadIfChanged();
    boolean takenAgain = tls.reloadIfChanged();

    // then
    assertThat(halfTaken).isFalse();
    assertThat(garbageTaken).isFalse();
    assertThat(taken).isTrue();
    assertThat(takenAgain).isFalse();
  }

  @Test
  void shouldRefuseToStartWithKeyOfAnotherCertificate() throws Exception {
    // given
    otherServerIdentity.writeKey(key);

    // when
    StartupException refused = catchThrowableOfType(StartupException.class, () -> start(false));

    // then
    assertThat(refused.kind()).isEqualTo(StartupException.Kind.TLS);
    assertThat(refused)
        .hasMessageContaining(key.toString())
        .hasMessageContaining("the private key is not that of the certificate");
  }

  @Test
  void shouldRefuseToStartWithFileThatIsNoPem() throws Exception {
    // given
    Files.writeString(certificate, "not a certificate");

    // when
    StartupException refused = catchThrowableOfType(StartupException.class, () -> start(false));

    // then
    assertThat(refused.kind()).isEqualTo(StartupException.Kind.TLS);
    assertThat(refused).hasMessageStartingWith("Expected a PEM certificate chain in ");
  }

  private TestTransport start(boolean mutual) throws Exception {
    Map<String, String> flags = new HashMap<>();
    flags.put("tls-certificate", certificate.toString());
    flags.put("tls-key", key.toString());
    if (mutual) {
      flags.put("tls-client-ca", clientCa.toString());
    }
    return TestTransport.start(
        Limits.defaults().with("tlsReloadInterval", Duration.ofMillis(50)), flags);
  }

  /** Calls on a connection of its own. */
  private String whoAmI(
      TestTransport server, TestCertificate trusted, @Nullable TestCertificate client)
      throws Exception {
    TlsChannelCredentials.Builder credentials =
        TlsChannelCredentials.newBuilder()
            .trustManager(trusted.writeCertificate(directory.resolve("trusted.pem")).toFile());
    if (client != null) {
      credentials.keyManager(
          client.writeCertificate(directory.resolve("client.pem")).toFile(),
          client.writeKey(directory.resolve("client.key")).toFile());
    }
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port(), credentials.build()).build();
    try {
      return AdministrationServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .getStatus(GetStatusRequest.getDefaultInstance())
          .getVersion();
    } finally {
      channel.shutdownNow();
    }
  }

  private StatusRuntimeException failure(
      TestTransport server, TestCertificate trusted, @Nullable TestCertificate client) {
    return catchThrowableOfType(
        StatusRuntimeException.class, () -> whoAmI(server, trusted, client));
  }
}
