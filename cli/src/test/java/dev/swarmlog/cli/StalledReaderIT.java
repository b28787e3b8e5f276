package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Attach;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.GetStatusRequest;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.SessionServiceGrpc;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Readers that give no window cost the coordinator next to nothing, however much is published to
 * their swarm, and others do not notice.
 *
 * <p>{@code -Dswarmlog.stalledMiB=512} publishes as much as is promised, twice: once for a
 * comparison without stalled readers; {@code -Dswarmlog.stalledReaders=N} has more of them.
 */
class StalledReaderIT {

  private static final String SWARM = "s";
  private static final long MIB = 1 << 20;
  private static final int EVENT_BYTES = 64 * 1024;
  private static final int PUBLISHED_MIB = Integer.getInteger("swarmlog.stalledMiB", 32);
  private static final int STALLED = Integer.getInteger("swarmlog.stalledReaders", 4);

  @TempDir private Path directory;

  private record Measured(long heapMiB, long directMiB, long rssMiB, double p99Ms) {}

  @Test
  void shouldHoldNextToNothingForReadersThatGiveNoWindow() throws Exception {
    try (Coordinator coordinator =
        Coordinator.startWith(
            Map.of("SWARMLOG_JAVA_OPTS", "-Xms512m -Xmx512m -XX:+AlwaysPreTouch"),
            Installation.built(),
            directory)) {
      ManagedChannel channel = channel(coordinator, 1 << 20);
      ManagedChannel windowless = channel(coordinator, 1);
      try {
        // given what it takes to publish so much to a reader who reads
        publish(channel, PUBLISHED_MIB / 4);
        Measured quiet = measure(coordinator, channel);

        // when as much is published beside readers that give no window
        List<AtomicBoolean> ended = new ArrayList<>();
        for (int i = 0; i < STALLED; i++) {
          ended.add(stall(channel, windowless, "stalled-" + i));
        }
        Measured stalled = measure(coordinator, channel);

        // then
        System.out.printf(
            "StalledReaderIT: %d MiB, %d stalled readers: quiet %s, stalled %s%n",
            PUBLISHED_MIB, STALLED, quiet, stalled);
        assertThat(ended).as("nobody is ended for being slow").noneMatch(AtomicBoolean::get);
        assertThat(stalled.heapMiB() + stalled.directMiB())
            .as("MiB in the heap after a collection, and outside of it")
            .isLessThanOrEqualTo(quiet.heapMiB() + quiet.directMiB() + 32);
      } finally {
        channel.shutdownNow();
        windowless.shutdownNow();
      }
    }
  }

  /** Publishes, one after the other, and reads it, then looks at the coordinator's memory. */
  private static Measured measure(Coordinator coordinator, ManagedChannel channel)
      throws Exception {
    long[] latenciesNs = publish(channel, PUBLISHED_MIB);
    Arrays.sort(latenciesNs);
    double p99Ms = latenciesNs[latenciesNs.length * 99 / 100] / 1e6;
    new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
            Long.toString(coordinator.pid()),
            "GC.run")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    GetStatusResponse status =
        AdministrationServiceGrpc.newBlockingStub(channel)
            .getStatus(GetStatusRequest.getDefaultInstance());
    return new Measured(
        status.getHeapAfterCollectionBytes() / MIB,
        status.getDirectUsedBytes() / MIB,
        rssMiB(coordinator.pid()),
        p99Ms);
  }

  /** How long each event took from its publish to a reader who reads, in nanoseconds. */
  private static long[] publish(ManagedChannel channel, int mebibytes) throws Exception {
    PublishServiceGrpc.PublishServiceBlockingStub publisher =
        PublishServiceGrpc.newBlockingStub(channel);
    byte[] random = new byte[EVENT_BYTES];
    new Random(1).nextBytes(random);
    int count = (int) (mebibytes * MIB / EVENT_BYTES);
    long[] latenciesNs = new long[count];
    publisher.publish(request(ByteBuffer.wrap(random)));
    try (Context.CancellableContext reading = Context.current().withCancellation()) {
      Iterator<TailResponse> tail =
          reading.call(
              () ->
                  ObservationServiceGrpc.newBlockingStub(channel)
                      .tail(TailRequest.newBuilder().setSwarm(SWARM).setLog(Log.LOG_MAIN).build()));
      while (!tail.next().hasCaughtUp()) {
        // It begins at the head.
      }
      for (int i = 0; i < count; i++) {
        long beganNs = System.nanoTime();
        publisher.publish(request(ByteBuffer.wrap(random).putInt(0, i)));
        while (tail.next().getDelivery().getOperationsCount() == 0) {
          // A bookmark.
        }
        latenciesNs[i] = System.nanoTime() - beganNs;
      }
    }
    return latenciesNs;
  }

  private static PublishRequest request(ByteBuffer data) {
    return PublishRequest.newBuilder()
        .setSwarm(SWARM)
        .setPublisher("p")
        .setGroup(
            PublishGroup.newBuilder()
                .addRecords(
                    PublishRecord.newBuilder()
                        .setTopic(Topic.TOPIC_COMMANDS)
                        .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
                        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
                        .setPayload(
                            Payload.newBuilder().setType("t").setData(ByteString.copyFrom(data)))))
        .build();
  }

  /**
   * Opens a session whose lane reads nothing, in a window of one byte.
   *
   * @return whether any of its streams has ended
   */
  private static AtomicBoolean stall(
      ManagedChannel channel, ManagedChannel windowless, String agent) throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    CompletableFuture<String> sessionId = new CompletableFuture<>();
    StreamObserver<ControlRequest> control =
        SessionServiceGrpc.newStub(channel)
            .control(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ControlResponse response) {
                    sessionId.complete(response.getWelcome().getSessionId());
                  }

                  @Override
                  public void onError(Throwable failure) {
                    ended.set(true);
                    sessionId.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {
                    ended.set(true);
                  }
                });
    control.onNext(
        ControlRequest.newBuilder()
            .setHello(
                Hello.newBuilder()
                    .setProtocolMin(1)
                    .setProtocolMax(1)
                    .setSwarm(SWARM)
                    .setAgent(agent)
                    .setInstance("i")
                    .setView(
                        View.newBuilder()
                            .addScopes(
                                ViewScope.newBuilder()
                                    .setTopic(Topic.TOPIC_COMMANDS)
                                    .setAll(AllAgents.getDefaultInstance()))))
            .build());
    String id = sessionId.get(30, TimeUnit.SECONDS);
    beat(control, ended);
    SessionServiceGrpc.newStub(windowless)
        .data(
            new ClientResponseObserver<DataRequest, DataResponse>() {
              @Override
              public void beforeStart(ClientCallStreamObserver<DataRequest> requests) {
                requests.disableAutoRequestWithInitial(0);
              }

              @Override
              public void onNext(DataResponse response) {}

              @Override
              public void onError(Throwable failure) {
                ended.set(true);
              }

              @Override
              public void onCompleted() {
                ended.set(true);
              }
            })
        .onNext(
            DataRequest.newBuilder()
                .setAttach(Attach.newBuilder().setSessionId(id).setLog(Log.LOG_MAIN))
                .build());
    return ended;
  }

  /** Heartbeats, until the stream ends. */
  private static void beat(StreamObserver<ControlRequest> control, AtomicBoolean ended) {
    CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS)
        .execute(
            () -> {
              if (!ended.get()) {
                control.onNext(
                    ControlRequest.newBuilder()
                        .setHeartbeat(Heartbeat.getDefaultInstance())
                        .build());
                beat(control, ended);
              }
            });
  }

  private static ManagedChannel channel(Coordinator coordinator, int windowBytes) {
    return NettyChannelBuilder.forAddress("127.0.0.1", coordinator.port())
        .usePlaintext()
        .flowControlWindow(windowBytes)
        .build();
  }

  private static long rssMiB(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
        .findFirst()
        .orElse(-1);
  }
}
