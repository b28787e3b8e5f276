package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.frame;
import static dev.swarmlog.server.contract.Requests.group;
import static dev.swarmlog.server.contract.Requests.producer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishResponse;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishServiceGrpc.PublishServiceFutureStub;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.ShardStatus;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A publisher that is faster than it reads its acks is stopped by its window, and loses nothing.
 */
class BackpressureTest {

  private static final int WINDOW_BYTES = 65_535;
  private static final int LARGE_BYTES = 500_000;
  private static final int GROUP_BYTES = 1_000;
  private static final int MAX_IN_FLIGHT_GROUPS = 100;

  /** Far more than all windows and the bound of unanswered groups let through. */
  private static final int MANY_GROUPS = 20_000;

  @Test
  void shouldStopAPublisherThatDoesNotReadItsAcks() throws Exception {
    try (Coordinator coordinator =
        Coordinator.inMemory(
            Coordinator.limits(
                "maxInFlightGroups",
                MAX_IN_FLIGHT_GROUPS,
                "flowControlWindowBytes",
                WINDOW_BYTES))) {
      ManagedChannel narrow =
          NettyChannelBuilder.forAddress("127.0.0.1", coordinator.server().port())
              .usePlaintext()
              .flowControlWindow(WINDOW_BYTES)
              .build();
      try {
        // given a producer that reads its welcome and nothing else
        StreamCall<PublishStreamRequest, PublishStreamResponse> call =
            StreamCall.openUnread(narrow, PublishServiceGrpc.getPublishStreamMethod());
        call.request(1);
        call.send(producer("fast", "p", 0));
        assertThat(call.next().getWelcome().getMaxInFlightGroups()).isEqualTo(MAX_IN_FLIGHT_GROUPS);

        // when it sends for as long as its window opens again
        int sent = 0;
        while (sent < MANY_GROUPS && call.awaitReady(2_000)) {
          sent++;
          call.send(frame(group(sent, event(text(sent)))));
        }

        // then it was stopped, and the coordinator holds no more than it promised
        assertThat(sent).as("stopped by the window").isLessThan(MANY_GROUPS);
        assertThat(sent).isGreaterThan(MAX_IN_FLIGHT_GROUPS);
        long appended = coordinator.swarm("fast").getSwarm().getMainHead().getOpId();
        int ackBytes = PublishAck.newBuilder().setNumber(1_000).build().getSerializedSize() + 50;
        assertThat(appended)
            .as("what fits into the window of acks, and the groups without an answer")
            .isLessThan(2L * WINDOW_BYTES / ackBytes + MAX_IN_FLIGHT_GROUPS);
        assertThat(sent - appended)
            .as("what waits in windows and nowhere else")
            .isLessThan(4L * WINDOW_BYTES / GROUP_BYTES);
        assertThat(coordinator.status().getShardsList())
            .extracting(ShardStatus::getQueuedCommands)
            .allSatisfy(queued -> assertThat(queued).isLessThanOrEqualTo(MAX_IN_FLIGHT_GROUPS));

        // and others are served as ever
        coordinator.publishEvents("other", 10);

        // and once it reads, everything is answered in order, and nothing is lost
        call.request(Integer.MAX_VALUE);
        for (int number = 1; number <= sent; number++) {
          PublishAck ack = call.next().getAck();
          assertThat(ack.getNumber()).isEqualTo(number);
          assertThat(ack.getFirstOpId()).isEqualTo(number);
        }
        List<Operation> operations = coordinator.everything("fast", Log.LOG_MAIN);
        assertThat(operations).hasSize(sent);
        assertThat(operations.get(sent - 1).getPayload().getData().toStringUtf8())
            .isEqualTo(text(sent));
      } finally {
        narrow.shutdownNow();
      }
    }
  }

  @Test
  void shouldStopReadingAStreamWhoseGroupsWithoutAnAnswerAreTooLarge() throws Exception {
    int small = 800;
    // The one that goes beyond the bound is the last that is read.
    int read = (4 << 20) / LARGE_BYTES + 1;
    try (Coordinator coordinator =
            Coordinator.inMemory(Coordinator.limits("maxInFlightBytesPerStream", 4 << 20));
        FrameConnection connection = new FrameConnection(coordinator.server().port())) {
      // given a producer that is sent no more answers, as it opens no window for them
      int stream = connection.open(PublishServiceGrpc.getPublishStreamMethod().getFullMethodName());
      connection.send(stream, producer("heavy", "p", 0));
      for (int number = 1; number <= small; number++) {
        connection.send(stream, frame(group(number, event("" + number))));
      }
      await().until(() -> head(coordinator) == small);

      // when it sends large groups for as long as the stream is read
      int sent = small;
      while (sent <= small + read || maySendLarge(connection, stream, sent + 1)) {
        while (!maySendLarge(connection, stream, sent + 1)) {
          connection.readFrame();
        }
        connection.send(stream, large(++sent));
      }
      await().until(() -> head(coordinator) >= small + read);

      // then those wait in the stream's window that find no room in flight, and nowhere else
      coordinator.publishEvents("other", 10);
      connection.ping();
      assertThat(head(coordinator)).isEqualTo(small + read);
      assertThat(sent - small - read).isBetween(1, 2);

      // and it is taken once answers are read
      connection.grant(stream, 1 << 30);
      assertThat(connection.next(stream, PublishStreamResponse.parser()).hasWelcome()).isTrue();
      for (int number = 1; number <= sent; number++) {
        assertThat(connection.next(stream, PublishStreamResponse.parser()).getAck().getNumber())
            .isEqualTo(number);
      }
    }
  }

  private static boolean maySendLarge(FrameConnection connection, int stream, int number) {
    return connection.maySend(stream, large(number));
  }

  private static PublishStreamRequest large(int number) {
    return frame(group(number, event("x".repeat(LARGE_BYTES))));
  }

  private static long head(Coordinator coordinator) {
    return coordinator.swarm("heavy").getSwarm().getMainHead().getOpId();
  }

  @Test
  void shouldLetAStreamWaitWhenTheShardHasNoRoom() throws Exception {
    try (Coordinator coordinator =
        Coordinator.inMemory(
            Coordinator.limits(
                "maxInFlightGroups",
                20,
                "maxEntryCommands",
                10,
                "maxQueuedCommandsPerShard",
                20))) {
      // given four streams that share room for one
      @SuppressWarnings({"unchecked", "rawtypes"})
      StreamCall<PublishStreamRequest, PublishStreamResponse>[] calls = new StreamCall[4];
      for (int i = 0; i < calls.length; i++) {
        calls[i] = coordinator.publishStream();
        calls[i].send(producer("crowded", "p" + i, 0));
        assertThat(calls[i].next().hasWelcome()).isTrue();
      }

      // when
      int groups = 2_000;
      for (int number = 1; number <= groups; number++) {
        for (StreamCall<PublishStreamRequest, PublishStreamResponse> call : calls) {
          call.send(frame(group(number, event("" + number))));
        }
      }

      // then nobody is refused
      for (StreamCall<PublishStreamRequest, PublishStreamResponse> call : calls) {
        for (int number = 1; number <= groups; number++) {
          PublishStreamResponse response = call.next();
          assertThat(response.hasAck()).as("%s", response).isTrue();
          assertThat(response.getAck().getNumber()).isEqualTo(number);
        }
      }
      assertThat(coordinator.swarm("crowded").getSwarm().getMainHead().getOpId())
          .isEqualTo(4L * groups);
    }
  }

  @Test
  void shouldRefuseUnaryPublishesThatFindNoRoomAndAppendNothingOfThem() throws Exception {
    try (Coordinator coordinator =
        Coordinator.inMemory(
            Coordinator.limits(
                "maxInFlightGroups", 1, "maxEntryCommands", 1, "maxQueuedCommandsPerShard", 1))) {
      // given
      coordinator.publish("unary", event("creates the swarm"));
      PublishServiceFutureStub stub = PublishServiceGrpc.newFutureStub(coordinator.channel());

      // when a thousand come at once, and there is room for one
      List<ListenableFuture<PublishResponse>> calls = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        calls.add(
            stub.publish(
                PublishRequest.newBuilder()
                    .setSwarm("unary")
                    .setPublisher("publisher")
                    .setGroup(group(0, event("" + i)))
                    .build()));
      }

      // then each is either in the log, or refused for now
      List<Long> appended = new ArrayList<>();
      int refused = 0;
      for (ListenableFuture<PublishResponse> call : calls) {
        try {
          appended.add(
              call.get(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS).getAck().getFirstOpId());
        } catch (ExecutionException e) {
          Failure failure =
              Failure.of(StatusProto.fromThrowable(e))
                  .is(ErrorReason.ERROR_REASON_OVERLOADED, "queue is full");
          assertThat(failure.retry()).isTrue();
          refused++;
        }
      }
      assertThat(refused).isPositive();
      assertThat(appended).isNotEmpty().doesNotHaveDuplicates();
      assertThat(coordinator.everything("unary", Log.LOG_MAIN)).hasSize(1 + appended.size());
    }
  }

  @Test
  void shouldRefuseTheSwarmThatFloodsAndNobodyElse() throws Exception {
    try (Coordinator coordinator =
        Coordinator.inMemory(
            Coordinator.limits(
                "maxInFlightGroups", 1, "maxEntryCommands", 1, "maxQueuedCommandsPerShard", 16))) {
      // given a swarm of which far more comes than there is room for
      coordinator.publish("flood", event("creates the swarm"));
      coordinator.publish("calm", event("creates the swarm"));
      PublishServiceFutureStub stub = PublishServiceGrpc.newFutureStub(coordinator.channel());
      List<ListenableFuture<PublishResponse>> flood = new ArrayList<>();

      // when others publish meanwhile, in their swarms and in this one, one at a time
      for (int i = 0; i < 100; i++) {
        for (int j = 0; j < 50; j++) {
          flood.add(stub.publish(publish("flood", "flooding", i * 50 + j)));
        }
        stub.publish(publish("calm", "calm", i)).get(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS);
        stub.publish(publish("flood", "calm", i))
            .get(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS);
      }

      // then none of them was refused, and of the flood what found no room
      int refused = 0;
      for (ListenableFuture<PublishResponse> call : flood) {
        try {
          call.get(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
          Failure.of(StatusProto.fromThrowable(e)).is(ErrorReason.ERROR_REASON_OVERLOADED, "share");
          refused++;
        }
      }
      assertThat(refused).isPositive();
      assertThat(coordinator.everything("calm", Log.LOG_MAIN)).hasSize(101);
      assertThat(coordinator.everything("flood", Log.LOG_MAIN))
          .hasSize(1 + 100 + flood.size() - refused);
    }
  }

  private static PublishRequest publish(String swarm, String publisher, int number) {
    return PublishRequest.newBuilder()
        .setSwarm(swarm)
        .setPublisher(publisher)
        .setGroup(group(0, event("" + number)))
        .build();
  }

  private static String text(int number) {
    return number + "x".repeat(GROUP_BYTES);
  }
}
