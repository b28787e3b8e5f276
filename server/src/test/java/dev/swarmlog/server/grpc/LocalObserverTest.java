package dev.swarmlog.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.CreateSwarmRequest;
import dev.swarmlog.v1.GetStatusRequest;
import dev.swarmlog.v1.GetStatusResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LocalObserverTest {

  private static final long TIMEOUT_S = 10;

  @TempDir private Path folder;

  private static SwarmlogServer server;

  @BeforeAll
  static void start() throws Exception {
    server = start(Map.of());
  }

  @AfterAll
  static void stop() {
    server.stopAbruptly();
  }

  @ParameterizedTest
  @MethodSource("dev.swarmlog.server.grpc.GrantTableTest#methods")
  void shouldLookOnAndNothingElse(String method) {
    // given
    boolean served = method.startsWith("swarmlog.v1.");
    Grant grant = GrantTable.grantFor(method).orElseThrow();

    // when
    Status status = call(server.localObserver().channel(), method);

    // then
    if (!served) {
      // Health and reflection are for those who come from outside.
      assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
    } else if (grant == Grant.OBSERVE) {
      // An empty request is answered, or refused for what it asks.
      assertThat(status.getCode())
          .isIn(Status.Code.OK, Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND);
    } else {
      assertThat(status.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    }
  }

  @Test
  void shouldSayWhatTheConsoleMayNot() {
    assertThatThrownBy(
            () ->
                AdministrationServiceGrpc.newBlockingStub(server.localObserver().channel())
                    .createSwarm(CreateSwarmRequest.newBuilder().setName("fleet").build()))
        .hasMessageContaining("Expected the console to look on only")
        .hasMessageContaining("CreateSwarm");
  }

  @Test
  void shouldLookOnWhereOthersNeedACertificate() throws Exception {
    // given
    TestCertificate certificate = TestCertificate.forServer(folder);
    String pem = certificate.writeCertificate(folder.resolve("server.pem")).toString();
    String key = certificate.writeKey(folder.resolve("server.key")).toString();
    SwarmlogServer guarded =
        start(Map.of("tls-certificate", pem, "tls-key", key, "tls-client-ca", pem));

    // when
    GetStatusResponse status =
        AdministrationServiceGrpc.newBlockingStub(guarded.localObserver().channel())
            .getStatus(GetStatusRequest.getDefaultInstance());

    // then
    assertThat(status.getStartedUnixNano()).isPositive();
    guarded.stopAbruptly();
  }

  @Test
  void shouldEndWithTheServer() throws Exception {
    // given
    SwarmlogServer other = start(Map.of());
    Channel channel = other.localObserver().channel();

    // when
    other.close();

    // then
    assertThat(call(channel, "swarmlog.v1.AdministrationService/GetStatus").getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThatThrownBy(
            () ->
                AdministrationServiceGrpc.newBlockingStub(channel)
                    .getStatus(GetStatusRequest.getDefaultInstance()))
        .isInstanceOf(StatusRuntimeException.class);
  }

  private static SwarmlogServer start(Map<String, String> flags) throws Exception {
    Map<String, String> all =
        new HashMap<>(Map.of("port", "0", "in-memory", "true", "drain-timeout", "2s"));
    all.putAll(flags);
    return SwarmlogServer.start(ServerConfiguration.load(Optional.empty(), Map.of(), all));
  }

  /** Calls any method with an empty message. */
  private static Status call(Channel channel, String method) {
    MethodDescriptor<byte[], byte[]> descriptor =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
            .setFullMethodName(method)
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    try {
      ClientCalls.blockingServerStreamingCall(
              channel,
              descriptor,
              CallOptions.DEFAULT.withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS),
              new byte[0])
          .forEachRemaining(answer -> {});
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try (stream) {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
