package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.ephemeral;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.TelemetryAck;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryDelivery;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.TelemetryOutcome;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import dev.swarmlog.v1.Topic;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Telemetry: taken or shed, handed out or dropped, and always counted. */
class TelemetryTest {

  private static final Duration PATIENCE = Duration.ofSeconds(StreamCall.PATIENCE_SECONDS);

  private static Coordinator coordinator;

  @BeforeAll
  static void start() throws Exception {
    coordinator = Coordinator.inMemory();
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldAcceptBatchesAndNumberRecordsPerPublisher() {
    // given
    Publisher ann = Publisher.open(coordinator, "numbers", "ann");
    Publisher ben = Publisher.open(coordinator, "numbers", "ben");

    // when
    TelemetryAck first = ann.publish(7, ephemeral(ALL, "a"), ephemeral(ALL, "b"));
    TelemetryAck other = ben.publish(1, ephemeral(ALL, "c"));
    TelemetryAck second = ann.publish(3, ephemeral(ALL, "d"));

    // then
    assertThat(first.getNumber()).isEqualTo(7);
    assertThat(first.getOutcome()).isEqualTo(TelemetryOutcome.TELEMETRY_OUTCOME_ACCEPTED);
    assertThat(first.getShedCount()).isZero();
    assertThat(first.hasStatus()).isFalse();
    assertThat(second.getNumber()).isEqualTo(3);
    assertThat(second.getLastSequence()).isGreaterThan(first.getLastSequence());
    assertThat(other.getLastSequence()).isPositive();
  }

  @Test
  void shouldDeliverToThoseWhoAreMeant() {
    // given
    TelemetryLane ann = lane("targets", "ann", "writer");
    TelemetryLane ben = lane("targets", "ben");
    Publisher publisher = Publisher.open(coordinator, "targets", "cid");

    // when
    publisher.publish(
        1,
        ephemeral(ALL, "to all"),
        ephemeral(Requests.agent("ann"), "to ann"),
        ephemeral(Requests.role("writer"), "writers"),
        keyed(Topic.TOPIC_TELEMETRY, ALL, "load", "0.7"));

    // then
    assertThat(ann.receive(4)).containsExactly("to all", "to ann", "writers", "0.7");
    assertThat(ben.receive(2)).containsExactly("to all", "0.7");
    assertThat(ann.operations).extracting(Operation::getPublisher).containsOnly("cid");
    assertThat(ann.operations).extracting(Operation::getOpId).isSorted().doesNotHaveDuplicates();
    assertThat(ann.dropped + ben.dropped).isZero();
  }

  @Test
  void shouldDropWhatHasExpiredAndCountIt() {
    // given
    TelemetryLane ann = lane("expiring", "ann");
    Publisher publisher = Publisher.open(coordinator, "expiring", "cid");
    PublishRecord old = ephemeral(ALL, "old").toBuilder().setExpiresAtUnixNano(1).build();
    PublishRecord oldKey =
        keyed(Topic.TOPIC_TELEMETRY, ALL, "k", "old").toBuilder().setExpiresAtUnixNano(1).build();
    PublishRecord fresh =
        ephemeral(ALL, "fresh").toBuilder().setExpiresAtUnixNano(Long.MAX_VALUE).build();

    // when
    publisher.publish(1, old, oldKey);
    publisher.publish(2, fresh, ephemeral(ALL, "for ever"));

    // then
    assertThat(ann.receive(2)).containsExactly("fresh", "for ever");
    assertThat(ann.dropped).isEqualTo(2);
    TelemetryDelivery latest =
        coordinator
            .tail(
                TailRequest.newBuilder()
                    .setSwarm("expiring")
                    .setLog(Log.LOG_TELEMETRY)
                    .setLastOperations(10)
                    .setStopAtHead(true)
                    .build())
            .completed()
            .get(0)
            .getTelemetry();
    assertThat(payloads(latest)).containsExactly("fresh", "for ever");
    assertThat(latest.getOperations(0).getExpiresAtUnixNano()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldLeaveTheCommittedLogsAlone() {
    Publisher.open(coordinator, "apart", "ann").publish(1, ephemeral(ALL, "a"));

    assertThat(coordinator.swarm("apart").getSwarm().getMainHead().getOpId()).isZero();
    assertThat(coordinator.everything("apart", Log.LOG_MAIN)).isEmpty();
  }

  @Test
  void shouldShowObserversTheNewestThatIsStoredAndThenWhatComesEachOnce() {
    // given
    Publisher ann = Publisher.open(coordinator, "latest", "ann");
    ann.publish(1, ephemeral(ALL, "a"), ephemeral(ALL, "b"), ephemeral(ALL, "c"));
    // when
    StreamCall<TailRequest, TailResponse> tail =
        coordinator.tail(
            TailRequest.newBuilder()
                .setSwarm("latest")
                .setLog(Log.LOG_TELEMETRY)
                .setLastOperations(2)
                .build());
    List<String> seen = new ArrayList<>();
    seen.addAll(payloads(tail.next().getTelemetry()));
    ann.publish(2, ephemeral(ALL, "d"));
    seen.addAll(payloads(tail.next().getTelemetry()));
    // then
    assertThat(seen).containsExactly("b", "c", "d");
  }

  @Test
  void shouldBoundWhatAnObserverGetsOfThePast() {
    // given 8 MiB
    Publisher ann = Publisher.open(coordinator, "bounded", "ann");
    for (int number = 1; number <= 16; number++) {
      ann.publish(number, ephemeral(ALL, "x".repeat(1 << 19)));
    }

    // when
    List<TailResponse> frames =
        coordinator
            .tail(
                TailRequest.newBuilder()
                    .setSwarm("bounded")
                    .setLog(Log.LOG_TELEMETRY)
                    .setLastOperations(10_000)
                    .setStopAtHead(true)
                    .build())
            .completed();

    // then no frame is too large for a client, and all together are no more than a reader may have
    assertThat(frames)
        .allSatisfy(frame -> assertThat(frame.getSerializedSize()).isLessThan(1 << 20));
    assertThat(frames.stream().mapToInt(TailResponse::getSerializedSize).sum())
        .isLessThanOrEqualTo((4 << 20) + 1_000);
    assertThat(frames).hasSizeGreaterThan(5);
    TelemetryDelivery last = frames.get(frames.size() - 1).getTelemetry();
    assertThat(last.getOperations(last.getOperationsCount() - 1).getOpId())
        .as("the newest are kept")
        .isEqualTo(ann.publish(17, ephemeral(ALL, "next")).getLastSequence() - 1);
  }

  @Test
  void shouldShowTelemetryToObservers() {
    // given
    coordinator.publish("observed", event("creates the swarm"));
    StreamCall<TailRequest, TailResponse> tail =
        coordinator.tail(
            TailRequest.newBuilder().setSwarm("observed").setLog(Log.LOG_TELEMETRY).build());
    Publisher publisher = Publisher.open(coordinator, "observed", "ann");

    // when the tail is open for sure, since telemetry is shown from then on only
    List<String> texts = new ArrayList<>();
    long number = 0;
    do {
      publisher.publish(++number, ephemeral(Requests.agent("ben"), "to ben"));
    } while (tail.waitingFrames() == 0);

    // then
    tail.next()
        .getTelemetry()
        .getOperationsList()
        .forEach(operation -> texts.add(operation.getPayload().getData().toStringUtf8()));
    assertThat(texts).isNotEmpty().containsOnly("to ben");
    tail.cancel();
  }

  @Test
  void shouldRefuseWhatMayNotBeDroppedAndGoOn() {
    // given
    Publisher publisher = Publisher.open(coordinator, "refused", "ann");

    // when
    TelemetryAck anEvent = publisher.publish(1, event(Topic.TOPIC_TELEMETRY, ALL, "a"));
    TelemetryAck aCommand = publisher.publish(2, event("a command"));
    TelemetryAck nothing = publisher.publish(3);
    TelemetryAck fine = publisher.publish(4, ephemeral(ALL, "b"));

    // then
    assertThat(anEvent.getOutcome()).isEqualTo(TelemetryOutcome.TELEMETRY_OUTCOME_SHED);
    assertThat(anEvent.getShedCount()).isEqualTo(1);
    assertThat(anEvent.getLastSequence()).isZero();
    Failure.of(anEvent.getStatus()).is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "event");
    Failure.of(aCommand.getStatus())
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "belongs to main");
    Failure.of(nothing.getStatus())
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "at least one record");
    assertThat(fine.getOutcome()).isEqualTo(TelemetryOutcome.TELEMETRY_OUTCOME_ACCEPTED);
  }

  @Test
  void shouldAnswerTheLastBatchOfAHalfClosedStream() {
    // given
    Publisher publisher = Publisher.open(coordinator, "half-closed", "ann");

    // when
    publisher.send(1, ephemeral(ALL, "the last"));
    publisher.call.halfClose();

    // then
    assertThat(publisher.call.completed())
        .singleElement()
        .satisfies(response -> assertThat(response.getAck().getNumber()).isEqualTo(1));
  }

  @Test
  void shouldKeepToTheOrderOfFrames() {
    StreamCall<TelemetryRequest, TelemetryResponse> early = coordinator.telemetry();
    early.send(TelemetryRequest.newBuilder().setBatch(TelemetryBatch.getDefaultInstance()).build());
    early.refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "TelemetryHello first");

    Publisher twice = Publisher.open(coordinator, "order", "ann");
    twice.call.send(hello("order", "ann"));
    twice.call.refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "second one");

    StreamCall<TelemetryRequest, TelemetryResponse> empty = coordinator.telemetry();
    empty.send(TelemetryRequest.getDefaultInstance());
    empty.refusal().is(ErrorReason.ERROR_REASON_UNKNOWN_FRAME, "known arm");

    StreamCall<TelemetryRequest, TelemetryResponse> nameless = coordinator.telemetry();
    nameless.send(hello("order", ""));
    nameless.refusal().is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "publisher");
  }

  @Test
  void shouldShedWhatFindsNoRoomAndSayHowMuch() throws Exception {
    try (Coordinator small =
        Coordinator.inMemory(
            Coordinator.limits("maxGroupRecords", 10, "maxQueuedTelemetryRecords", 10))) {
      // given a swarm, and many publishers that do not wait for each other
      List<Publisher> publishers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        publishers.add(Publisher.open(small, "shed", "agent" + i));
      }
      PublishRecord[] ten = new PublishRecord[10];
      Arrays.fill(ten, keyed(Topic.TOPIC_TELEMETRY, ALL, "load", "x".repeat(10_000)));

      // when each keeps sending until something was shed: the queue has room for one batch
      TelemetryAck shed = null;
      long accepted = 0;
      for (long number = 1; shed == null && number <= 1_000; number++) {
        for (Publisher publisher : publishers) {
          publisher.send(number, ten);
        }
        for (Publisher publisher : publishers) {
          TelemetryAck ack = publisher.ack();
          if (ack.getOutcome() == TelemetryOutcome.TELEMETRY_OUTCOME_SHED) {
            shed = ack;
          } else {
            accepted++;
          }
        }
      }

      // then
      assertThat(shed).as("something was shed").isNotNull();
      assertThat(shed.getShedCount()).isEqualTo(10);
      assertThat(
              Failure.of(shed.getStatus()).is(ErrorReason.ERROR_REASON_OVERLOADED, "queue").retry())
          .isTrue();
      assertThat(accepted).isPositive();

      // and the stream goes on
      Publisher calm = publishers.get(0);
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  calm.publish(9_999, ephemeral(ALL, "after")).getOutcome()
                      == TelemetryOutcome.TELEMETRY_OUTCOME_ACCEPTED);
    }
  }

  @Test
  void shouldTellASlowReaderHowMuchItMissed() throws Exception {
    try (Coordinator small =
        Coordinator.inMemory(
            Coordinator.limits("maxGroupRecords", 10, "maxTelemetryRecordsPerReader", 10))) {
      ManagedChannel narrow =
          NettyChannelBuilder.forAddress("127.0.0.1", small.server().port())
              .usePlaintext()
              .flowControlWindow(65_535)
              .build();
      try {
        // given a reader that reads nothing for a while
        TestAgent agent =
            TestAgent.connect(
                narrow,
                TestAgent.hello("slow", "slow").setView(Requests.view(Topic.TOPIC_TELEMETRY)));
        TelemetryLane lane = new TelemetryLane(agent.attachUnread(Log.LOG_TELEMETRY));
        await().atMost(PATIENCE).until(() -> small.agents("slow").get(0).getLanesCount() == 1);
        Publisher publisher = Publisher.open(small, "slow", "ann");

        // when
        int published = 200;
        for (int i = 1; i <= published; i++) {
          publisher.publish(i, ephemeral(ALL, i + "x".repeat(10_000)));
        }

        // then what is not handed out is counted, to the last record
        lane.call.request(Integer.MAX_VALUE);
        while (lane.operations.size() + lane.dropped < published) {
          lane.receiveFrame();
        }
        assertThat(lane.operations.size() + lane.dropped).isEqualTo(published);
        assertThat(lane.dropped).isPositive();
        assertThat(lane.operations)
            .extracting(Operation::getOpId)
            .isSorted()
            .doesNotHaveDuplicates();
        assertThat(lane.operations.get(lane.operations.size() - 1).getPayload().getData())
            .isEqualTo(ByteString.copyFromUtf8(published + "x".repeat(10_000)));
      } finally {
        narrow.shutdownNow();
      }
    }
  }

  @Test
  void shouldGoOnWithHigherSequencesAfterARestart(@TempDir Path directory) throws Exception {
    try (Coordinator onDisk = Coordinator.on(directory)) {
      long before =
          Publisher.open(onDisk, "sequence", "ann")
              .publish(1, ephemeral(ALL, "a"))
              .getLastSequence();

      onDisk.restart();
      long between =
          Publisher.open(onDisk, "sequence", "ann")
              .publish(1, ephemeral(ALL, "b"))
              .getLastSequence();
      onDisk.restartAbruptly();
      long after =
          Publisher.open(onDisk, "sequence", "ann")
              .publish(1, ephemeral(ALL, "c"))
              .getLastSequence();

      assertThat(before).isPositive();
      assertThat(between).isGreaterThan(before);
      assertThat(after).isGreaterThan(between);
    }
  }

  private static List<String> payloads(TelemetryDelivery delivery) {
    return delivery.getOperationsList().stream()
        .map(operation -> operation.getPayload().getData().toStringUtf8())
        .toList();
  }

  private static TelemetryLane lane(String swarm, String name, String... roles) {
    TestAgent agent =
        TestAgent.connect(
            coordinator,
            TestAgent.hello(swarm, name)
                .addAllRoles(Arrays.asList(roles))
                .setView(Requests.view(Topic.TOPIC_TELEMETRY)));
    TestLane lane = agent.attach(Log.LOG_TELEMETRY);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                coordinator.agents(swarm).stream()
                    .anyMatch(a -> a.getAgent().equals(name) && a.getLanesCount() == 1));
    return new TelemetryLane(lane);
  }

  private static TelemetryRequest hello(String swarm, String publisher) {
    return TelemetryRequest.newBuilder()
        .setHello(TelemetryHello.newBuilder().setSwarm(swarm).setPublisher(publisher))
        .build();
  }

  /** What came on a telemetry lane. */
  private static final class TelemetryLane {
    private final StreamCall<?, DataResponse> call;
    private final List<Operation> operations = new ArrayList<>();
    private long dropped;

    TelemetryLane(TestLane lane) {
      this.call = lane.call();
    }

    void receiveFrame() {
      TelemetryDelivery delivery = call.next().getTelemetry();
      operations.addAll(delivery.getOperationsList());
      dropped += delivery.getDroppedCount();
    }

    List<String> receive(int count) {
      while (operations.size() < count) {
        receiveFrame();
      }
      return operations.stream().map(op -> op.getPayload().getData().toStringUtf8()).toList();
    }
  }

  /** An open telemetry stream. */
  private record Publisher(StreamCall<TelemetryRequest, TelemetryResponse> call) {

    static Publisher open(Coordinator coordinator, String swarm, String publisher) {
      StreamCall<TelemetryRequest, TelemetryResponse> call = coordinator.telemetry();
      call.send(hello(swarm, publisher));
      assertThat(call.next().getWelcome().getLimits().getMaxGroupRecords()).isPositive();
      return new Publisher(call);
    }

    void send(long number, PublishRecord... records) {
      call.send(
          TelemetryRequest.newBuilder()
              .setBatch(
                  TelemetryBatch.newBuilder()
                      .setNumber(number)
                      .addAllRecords(Arrays.asList(records)))
              .build());
    }

    TelemetryAck ack() {
      return call.next().getAck();
    }

    TelemetryAck publish(long number, PublishRecord... records) {
      send(number, records);
      return ack();
    }
  }
}
