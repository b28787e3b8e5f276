package dev.swarmlog.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.ErrorInfo;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.StartupException;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.AdministrationServiceGrpc.AdministrationServiceBlockingStub;
import dev.swarmlog.v1.CreateSwarmRequest;
import dev.swarmlog.v1.GetStatusRequest;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.ListAgentsRequest;
import io.grpc.CallOptions;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class GrpcTransportTest {

  private TestTransport server;
  private ManagedChannel channel;
  private AdministrationServiceBlockingStub stub;

  @BeforeEach
  void start() throws Exception {
    Limits limits = Limits.defaults().with("handshakeTimeout", Duration.ofMillis(300));
    server = TestTransport.start(limits, Map.of());
    channel =
        NettyChannelBuilder.forAddress(
                "127.0.0.1", server.port(), InsecureChannelCredentials.create())
            .build();
    stub =
        AdministrationServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() throws Exception {
    channel.shutdownNow();
    server.close();
  }

  @Test
  void shouldTakeCallerOnLoopbackForLocal() {
    assertThat(whoAmI()).isEqualTo("local");
  }

  @Test
  void shouldReportHealthOfServiceAndOverall() throws Exception {
    // given
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(channel);
    HealthCheckRequest overall = HealthCheckRequest.getDefaultInstance();
    HealthCheckRequest service =
        HealthCheckRequest.newBuilder().setService("swarmlog.v1.AdministrationService").build();

    // then
    assertThat(health.check(overall).getStatus()).isEqualTo(ServingStatus.SERVING);
    assertThat(health.check(service).getStatus()).isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void shouldTurnThrownExceptionIntoIncident() throws Exception {
    // when
    StatusRuntimeException thrown =
        failure(() -> stub.createSwarm(CreateSwarmRequest.getDefaultInstance()));
    StatusRuntimeException failed =
        failure(() -> stub.listAgents(ListAgentsRequest.getDefaultInstance()));

    // then
    for (StatusRuntimeException e : new StatusRuntimeException[] {thrown, failed}) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
      assertThat(e.getMessage()).doesNotContain("secret").contains("incident");
      assertThat(info(e).getReason()).isEqualTo("INTERNAL");
      assertThat(info(e).getMetadataMap()).containsKey(ErrorStatus.INCIDENT);
    }
    assertThat(whoAmI()).isEqualTo("local");
  }

  @Test
  void shouldRefuseMessageOverTheLimitAndServeTheNext() {
    // given
    String tooLong = "x".repeat(Limits.defaults().maxInboundMessageBytes() + 1);

    // when
    StatusRuntimeException refused =
        failure(() -> stub.createSwarm(CreateSwarmRequest.newBuilder().setName(tooLong).build()));

    // then
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(whoAmI()).isEqualTo("local");
  }

  @Test
  void shouldRefuseMessageThatIsNoProtobufAndServeTheNext() {
    // given
    MethodDescriptor<byte[], byte[]> raw =
        MethodDescriptor.newBuilder(new Bytes(), new Bytes())
            .setFullMethodName(AdministrationServiceGrpc.getCreateSwarmMethod().getFullMethodName())
            .setType(MethodDescriptor.MethodType.UNARY)
            .build();

    // when
    StatusRuntimeException refused =
        failure(
            () ->
                ClientCalls.blockingUnaryCall(
                    channel, raw, CallOptions.DEFAULT, new byte[] {(byte) 0xff, 1, 2}));

    // then
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(whoAmI()).isEqualTo("local");
  }

  @Test
  void shouldRefuseMetadataOverTheLimitAndServeTheNext() {
    // given
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("filler", Metadata.ASCII_STRING_MARSHALLER),
        "x".repeat(Limits.defaults().maxInboundMetadataBytes() + 1));

    // when
    StatusRuntimeException refused =
        failure(
            () ->
                stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                    .getStatus(GetStatusRequest.getDefaultInstance()));

    // then
    assertThat(refused.getStatus().getCode())
        .isIn(Status.Code.INTERNAL, Status.Code.UNAVAILABLE, Status.Code.RESOURCE_EXHAUSTED);
    assertThat(whoAmI()).isEqualTo("local");
  }

  @Test
  void shouldCloseConnectionThatSendsNothing() throws Exception {
    try (Socket silent = connect()) {
      // when
      int end = readToEnd(silent.getInputStream());

      // then
      assertThat(end).isEqualTo(-1);
    }
    assertThat(whoAmI()).isEqualTo("local");
  }

  @Test
  void shouldCloseConnectionThatSendsGarbageAndServeTheOthers() throws Exception {
    // given
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] garbage = new byte[64 * 1024];
    random.nextBytes(garbage);

    for (int i = 0; i < 5; i++) {
      try (Socket socket = connect()) {
        // when
        try (OutputStream out = socket.getOutputStream()) {
          out.write(garbage, i * 1000, 10_000);
          out.flush();

          // then
          assertThat(readToEnd(socket.getInputStream())).as("seed %d", seed).isEqualTo(-1);
        } catch (IOException e) {
          // Closed by the coordinator before all was written: just as good.
          assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|closed).*");
        }
      }
    }
    assertThat(whoAmI()).isEqualTo("local");
  }

  @Test
  void shouldSayThatThePortIsInUse() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      // when
      StartupException refused =
          catchThrowableOfType(
              StartupException.class,
              () ->
                  TestTransport.start(
                      Limits.defaults(), Map.of("port", String.valueOf(taken.getLocalPort()))));

      // then
      assertThat(refused.kind()).isEqualTo(StartupException.Kind.PORT_IN_USE);
      assertThat(refused)
          .hasMessageStartingWith("Expected to listen on 127.0.0.1 port " + taken.getLocalPort())
          .hasMessageContaining("choose another port");
    }
  }

  @Test
  void shouldSayThatTheAddressIsNotOfThisMachine() {
    // when
    StartupException refused =
        catchThrowableOfType(
            StartupException.class,
            () ->
                TestTransport.start(
                    Limits.defaults(), Map.of("address", "192.0.2.1", "insecure", "true")));

    // then
    assertThat(refused.kind()).isEqualTo(StartupException.Kind.ADDRESS_UNAVAILABLE);
    assertThat(refused).hasMessageContaining("192.0.2.1");
  }

  @Test
  void shouldTakeNoNewCallsButLetOpenOnesEndWhenStopping() throws Exception {
    // given
    assertThat(whoAmI()).isEqualTo("local");
    var open =
        AdministrationServiceGrpc.newFutureStub(channel)
            .getSwarm(GetSwarmRequest.getDefaultInstance());

    // when
    server.transport().stopAccepting();

    // then
    assertThat(server.transport().awaitCalls(Duration.ofMillis(50))).isFalse();
    assertThat(open.isDone()).isFalse();
    assertThatThrownBy(this::whoAmI).isInstanceOf(StatusRuntimeException.class);
    open.cancel(true);
    assertThat(server.transport().awaitCalls(Duration.ofSeconds(30))).isTrue();
  }

  private String whoAmI() {
    return stub.getStatus(GetStatusRequest.getDefaultInstance()).getVersion();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** Sends bytes as they are. */
  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      return new byte[0];
    }
  }

  /** Reads until the other side closes; -1 then. */
  private static int readToEnd(InputStream in) throws IOException {
    byte[] buffer = new byte[4096];
    int read;
    do {
      read = in.read(buffer);
    } while (read >= 0);
    return read;
  }

  private static StatusRuntimeException failure(Runnable call) {
    return catchThrowableOfType(StatusRuntimeException.class, call::run);
  }

  private static ErrorInfo info(StatusRuntimeException e) throws Exception {
    return StatusProto.fromThrowable(e).getDetails(0).unpack(ErrorInfo.class);
  }
}
