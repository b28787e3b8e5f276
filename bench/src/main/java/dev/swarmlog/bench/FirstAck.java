package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * A publisher that tries every few milliseconds to reach a coordinator that is being started, and
 * publishes one operation as soon as it can: what is measured is the coordinator and not how long a
 * client waits before it tries again.
 */
final class FirstAck {

  private static final long EVERY_NS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final int CONNECT_TIMEOUT_MS = 1_000;
  private static final long TIMEOUT_S = 120;

  private final int port;
  private final String swarm;
  private final CompletableFuture<Long> ackNs = new CompletableFuture<>();

  private FirstAck(int port, String swarm) {
    this.port = port;
    this.swarm = swarm;
  }

  /** Begins to try, on a thread of its own. */
  static FirstAck lookOut(int port, String swarm) {
    FirstAck first = new FirstAck(port, swarm);
    Thread thread = new Thread(first::run, "first ack");
    thread.setDaemon(true);
    thread.start();
    return first;
  }

  /** When the answer came, by {@link System#nanoTime}. */
  long await() throws Exception {
    try {
      return ackNs.get(TIMEOUT_S, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "Expected an ack within " + TIMEOUT_S + " s of the start, but there is none", e);
    }
  }

  private void run() {
    try {
      while (!listens() && !ackNs.isDone()) {
        LockSupport.parkNanos(EVERY_NS);
      }
      ackNs.complete(publish());
    } catch (RuntimeException e) {
      ackNs.completeExceptionally(e);
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_TIMEOUT_MS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private long publish() {
    ManagedChannel channel =
        Grpc.newChannelBuilder("localhost:" + port, InsecureChannelCredentials.create()).build();
    try {
      var unused =
          PublishServiceGrpc.newBlockingStub(channel)
              .withWaitForReady()
              .withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS)
              .publish(request());
      return System.nanoTime();
    } finally {
      channel.shutdownNow();
    }
  }

  private PublishRequest request() {
    PublishRecord record =
        PublishRecord.newBuilder()
            .setTopic(Topic.TOPIC_COMMANDS)
            .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
            .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
            .setPayload(
                Payload.newBuilder().setType("bench").setData(ByteString.copyFromUtf8("first")))
            .build();
    return PublishRequest.newBuilder()
        .setSwarm(swarm)
        .setPublisher("first-ack")
        .setGroup(
            PublishGroup.newBuilder()
                .addRecords(record)
                .setIdempotencyKey(UUID.randomUUID().toString()))
        .build();
  }
}
