package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.Swarm;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import io.grpc.ManagedChannel;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SwarmlogServerTest {

  @TempDir Path directory;

  @Test
  void shouldTellEveryoneWhoWaitsThatItHasStopped() throws Exception {
    // given
    TestServer running = start();
    CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> awaitTermination(running));

    // when
    running.server().close();
    running.server().close();

    // then
    waiting.get(20, TimeUnit.SECONDS);
    running.close();
  }

  @Test
  void shouldKeepWhatWasAcknowledgedAcrossGracefulStop() throws Exception {
    // given
    Swarm before;
    try (TestServer first = start()) {
      publish(first, "kept");
      before = swarm(first);

      // when
      first.server().close();
    }

    // then
    try (TestServer second = start()) {
      assertThat(swarm(second)).isEqualTo(before);
      assertThat(before.getMainHead().getOpId()).isEqualTo(1);
    }
  }

  @Test
  void shouldTellSessionsToComeBackBeforeItStops() throws Exception {
    try (TestServer running = start();
        TestStream<ControlRequest, ControlResponse> control = Wire.control(running.channel())) {
      // given
      control.send(Wire.frame(Wire.hello("s", "a", "i")));
      assertThat(control.next().hasWelcome()).isTrue();

      // when
      CompletableFuture<Void> stopping = CompletableFuture.runAsync(running.server()::close);

      // then
      assertThat(control.next().hasDrain()).isTrue();
      control.halfClose();
      assertThat(control.endReason()).isEqualTo("none");
      stopping.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void shouldNotWaitForPublishersAndObserversWhoHaveEverything() throws Exception {
    // given
    TestServer running = start(Map.of("drain-timeout", "10m"));
    publish(running, "the swarm exists");
    try (TestStream<PublishStreamRequest, PublishStreamResponse> publishing =
            Wire.publishing(running.channel());
        TestStream<TelemetryRequest, TelemetryResponse> telemetry =
            TestStream.open(PublishServiceGrpc.newStub(running.channel())::telemetry);
        TestStream<TailRequest, TailResponse> tail =
            Wire.tail(running.channel(), "s", Log.LOG_MAIN);
        TestStream<TailRequest, TailResponse> telemetryTail =
            Wire.tail(running.channel(), "s", Log.LOG_TELEMETRY)) {
      assertThat(publishing.send(Wire.producer("s", "p")).next().hasWelcome()).isTrue();
      assertThat(publishing.send(Wire.group(1, Wire.event("x"))).next().hasAck()).isTrue();
      assertThat(telemetry.send(Wire.telemetry("s")).next().hasWelcome()).isTrue();
      assertThat(tail.next().hasCaughtUp()).isTrue();

      // when
      CompletableFuture<Void> stopping = CompletableFuture.runAsync(running.server()::close);

      // then
      assertThat(publishing.endReason()).isEqualTo("SHUTTING_DOWN");
      assertThat(telemetry.endReason()).isEqualTo("SHUTTING_DOWN");
      assertThat(tail.endReason()).isEqualTo("SHUTTING_DOWN");
      assertThat(telemetryTail.endReason()).isEqualTo("SHUTTING_DOWN");
      stopping.get(20, TimeUnit.SECONDS);
    }
    running.close();
  }

  @Test
  void shouldStopInTimeThoughCallsStayOpen() throws Exception {
    try (TestServer running = start();
        TestStream<ControlRequest, ControlResponse> control = Wire.control(running.channel())) {
      // given
      control.send(Wire.frame(Wire.hello("s", "a", "i")));
      assertThat(control.next().hasWelcome()).isTrue();

      // when
      CompletableFuture<Void> stopping = CompletableFuture.runAsync(running.server()::close);

      // then: the drain timeout is two seconds
      stopping.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void shouldRefuseDirectoryThatAnotherCoordinatorHas() throws Exception {
    try (TestServer first = start()) {
      // when
      StartupException refused = startupFailure(Map.of());

      // then
      assertThat(refused.kind()).isEqualTo(StartupException.Kind.STORE_LOCKED);
      assertThat(refused).hasMessageStartingWith("Expected ").hasMessageContaining(store());
      publish(first, "still served");
    }
  }

  @Test
  void shouldRefuseDirectoryThatIsNotOurs() throws Exception {
    // given
    Path foreign = Files.createDirectories(directory.resolve("foreign"));
    Files.writeString(foreign.resolve("thesis.txt"), "precious");

    // when
    StartupException refused = startupFailure(Map.of("data-directory", foreign.toString()));

    // then
    assertThat(refused.kind()).isEqualTo(StartupException.Kind.STORE_FOREIGN);
    assertThat(foreign.resolve("thesis.txt")).hasContent("precious");
  }

  @Test
  void shouldRefuseAnotherNumberOfShardsAndNameTheRightOne() throws Exception {
    // given
    try (TestServer first = start(Map.of("shards", "3"))) {
      publish(first, "three");
    }

    // when
    StartupException refused = startupFailure(Map.of("shards", "2"));

    // then
    assertThat(refused.kind()).isEqualTo(StartupException.Kind.CONFIGURATION);
    assertThat(refused).hasMessageStartingWith("Expected shards to be 3").hasMessageContaining("2");
    try (TestServer again = start(Map.of())) {
      assertThat(swarm(again).getMainHead().getOpId()).isEqualTo(1);
    }
  }

  @Test
  void shouldLeaveNothingOpenWhenThePortIsInUse() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      // when
      StartupException refused =
          startupFailure(Map.of("port", String.valueOf(taken.getLocalPort())));

      // then
      assertThat(refused.kind()).isEqualTo(StartupException.Kind.PORT_IN_USE);
    }
    try (TestServer started = start()) {
      publish(started, "served");
    }
  }

  private TestServer start() throws Exception {
    return start(Map.of());
  }

  private TestServer start(Map<String, String> flags) throws Exception {
    Map<String, String> all = new java.util.HashMap<>(Map.of("data-directory", store()));
    all.putAll(flags);
    return TestServer.start(all);
  }

  private StartupException startupFailure(Map<String, String> flags) {
    return catchThrowableOfType(StartupException.class, () -> start(flags).close());
  }

  private String store() {
    return directory.resolve("store").toString();
  }

  private static void publish(TestServer server, String text) {
    var response =
        PublishServiceGrpc.newBlockingStub(server.channel())
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .publish(Wire.publish("s", Wire.event(text)));
    assertThat(response.getAck().getLast().getOpId()).isPositive();
  }

  private static Swarm swarm(TestServer server) {
    ManagedChannel channel = server.channel();
    return AdministrationServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .getSwarm(GetSwarmRequest.newBuilder().setName("s").build())
        .getSwarm();
  }

  private static void awaitTermination(TestServer running) {
    try {
      running.server().awaitTermination();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
