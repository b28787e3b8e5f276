package dev.swarmlog.server.grpc;

import static org.awaitility.Awaitility.await;

import dev.swarmlog.server.Limits;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.GetSwarmResponse;
import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.ClientStreamTracer;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client opens as many streams as it was told last, also behind TLS. */
final class StreamAnnouncerTest {

  private static final Limits LIMITS =
      Limits.defaults()
          .with("maxHeldCallsPerConnection", 1)
          .with("maxUnservedCallsPerConnection", 2)
          .with("maxConcurrentCallsPerConnection", 20);

  @TempDir Path directory;

  @Test
  void shouldRaiseTheLimitOfAConnection() throws Exception {
    shouldLetTheClientOpenAll(Map.of(), InsecureChannelCredentials.create());
  }

  @Test
  void shouldRaiseTheLimitOfAConnectionOverTls() throws Exception {
    TestCertificate certificate = TestCertificate.forServer(directory);
    Path chain = certificate.writeCertificate(directory.resolve("server.pem"));
    shouldLetTheClientOpenAll(
        Map.of(
            "tls-certificate",
            chain.toString(),
            "tls-key",
            certificate.writeKey(directory.resolve("server.key")).toString()),
        TlsChannelCredentials.newBuilder().trustManager(chain.toFile()).build());
  }

  private static void shouldLetTheClientOpenAll(
      Map<String, String> flags, ChannelCredentials credentials) throws Exception {
    // given
    AtomicInteger sent = new AtomicInteger();
    try (TestTransport server = TestTransport.start(LIMITS, flags)) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", server.port(), credentials).build();
      try {
        // when
        for (int i = 0; i < 30; i++) {
          ClientCalls.asyncUnaryCall(
              channel.newCall(AdministrationServiceGrpc.getGetSwarmMethod(), counting(sent)),
              GetSwarmRequest.getDefaultInstance(),
              new Ignored());
        }

        // then
        await().during(Duration.ofMillis(200)).until(() -> sent.get() == 20);
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static CallOptions counting(AtomicInteger sent) {
    return CallOptions.DEFAULT.withStreamTracerFactory(
        new ClientStreamTracer.Factory() {
          @Override
          public ClientStreamTracer newClientStreamTracer(
              ClientStreamTracer.StreamInfo info, Metadata headers) {
            return new ClientStreamTracer() {
              @Override
              public void outboundHeaders() {
                sent.incrementAndGet();
              }
            };
          }
        });
  }

  /** The coordinator keeps silent. */
  private static final class Ignored implements StreamObserver<GetSwarmResponse> {
    @Override
    public void onNext(GetSwarmResponse value) {}

    @Override
    public void onError(Throwable ended) {}

    @Override
    public void onCompleted() {}
  }
}
