package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.frame;
import static dev.swarmlog.server.contract.Requests.group;
import static dev.swarmlog.server.contract.Requests.producer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRefusal;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.Topic;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Streams of producers: order, numbers, and what a retry gets. */
class PublishStreamTest {

  private static final int DEDUPE_WINDOW = 1024;

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
  void shouldWelcomeAProducerWithEpochNextNumberAndBounds() {
    // when
    Producer producer = Producer.open("welcome", "p", 0);

    // then
    assertThat(producer.welcome.getProducerEpoch()).isPositive();
    assertThat(producer.welcome.getNextNumber()).isEqualTo(1);
    assertThat(producer.welcome.getMaxInFlightGroups()).isBetween(1, DEDUPE_WINDOW);
    assertThat(producer.welcome.getLimits().getDedupeWindow()).isEqualTo(DEDUPE_WINDOW);
  }

  @Test
  void shouldAcknowledgeAThousandPipelinedGroupsInOrder() {
    // given
    Producer producer = Producer.open("pipelined", "p", 0);

    // when
    for (int number = 1; number <= 1_000; number++) {
      producer.send(group(number, event("a" + number), event("b" + number)));
    }

    // then
    for (int number = 1; number <= 1_000; number++) {
      PublishAck ack = producer.ack();
      assertThat(ack.getNumber()).isEqualTo(number);
      assertThat(ack.getFirstOpId()).isEqualTo(2L * number - 1);
      assertThat(ack.getLast().getOpId()).isEqualTo(2L * number);
    }
    List<Operation> operations = coordinator.everything("pipelined", Log.LOG_MAIN);
    assertThat(operations).hasSize(2_000);
    assertThat(operations.get(1_999).getRequestNumber()).isEqualTo(1_000);
    assertThat(operations.get(1_999).getProducerId()).isEqualTo("p");
    assertThat(operations.get(1_999).getProducerEpoch())
        .isEqualTo(producer.welcome.getProducerEpoch());
    RunningHash hash = RunningHash.of(operations);
    assertThat(hash.agreesWith(coordinator.swarm("pipelined").getSwarm().getMainHead())).isTrue();
  }

  @Test
  void shouldGiveTheFirstAnswerForANumberSentTwice() {
    // given
    Producer producer = Producer.open("twice", "p", 0);
    PublishGroup group = group(1, event("a"));
    PublishAck first = producer.sendAndAck(group);
    producer.sendAndAck(group(2, event("b")));

    // when
    PublishAck again = producer.sendAndAck(group);

    // then
    assertThat(again).isEqualTo(first.toBuilder().setDuplicate(true).build());
    assertThat(coordinator.everything("twice", Log.LOG_MAIN)).hasSize(2);
  }

  @Test
  void shouldRefuseAnotherPayloadUnderTheSameNumber() {
    // given
    Producer producer = Producer.open("other-payload", "p", 0);
    producer.sendAndAck(group(1, event("a")));

    // when
    producer.send(group(1, event("b")));

    // then
    producer.refusal(1).is(ErrorReason.ERROR_REASON_REQUEST_CONFLICT, "number 1");
    assertThat(producer.sendAndAck(group(2, event("c"))).getFirstOpId()).isEqualTo(2);
  }

  @Test
  void shouldRefuseAGapAndNameTheNumberExpected() {
    // given
    Producer producer = Producer.open("gap", "p", 0);
    producer.sendAndAck(group(1, event("a")));

    // when
    producer.send(group(3, event("c")));

    // then
    Failure failure = producer.refusal(3).is(ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE, "number 2");
    assertThat(failure.metadata()).containsEntry("expected_number", "2");
  }

  @Test
  void shouldKeepOrderWhenAGroupInTheMiddleIsRefused() {
    // given
    Producer producer = Producer.open("middle", "p", 0);
    PublishRecord bad = event("bad").toBuilder().setTopicValue(99).build();

    // when
    producer.send(group(1, event("1")));
    producer.send(group(2, bad));
    producer.send(group(3, event("3")));
    producer.send(group(4, event("4")));

    // then
    assertThat(producer.ack().getNumber()).isEqualTo(1);
    producer.refusal(2).is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "number 99");
    for (long number = 3; number <= 4; number++) {
      assertThat(
              producer
                  .refusal(number)
                  .is(ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE, "number 2")
                  .metadata())
          .containsEntry("expected_number", "2");
    }
    producer.sendAndAck(group(2, event("2")));
    producer.sendAndAck(group(3, event("3")));
    assertThat(texts("middle")).containsExactly("1", "2", "3");
  }

  @Test
  void shouldRefuseNumberZero() {
    Producer producer = Producer.open("zero", "p", 0);

    producer.send(group(0, event("a")));

    producer.refusal(0).is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "number 0");
    producer.sendAndAck(group(1, event("b")));
  }

  @Test
  void shouldResumeAnEpochAfterABrokenStream() {
    // given
    Producer broken = Producer.open("resume", "p", 0);
    PublishAck first = broken.sendAndAck(group(1, event("1")));
    broken.sendAndAck(group(2, event("2")));
    broken.call.cancel();

    // when
    Producer back = Producer.open("resume", "p", broken.welcome.getProducerEpoch());

    // then
    assertThat(back.welcome.getProducerEpoch()).isEqualTo(broken.welcome.getProducerEpoch());
    assertThat(back.welcome.getNextNumber()).isEqualTo(3);
    PublishAck again = back.sendAndAck(group(1, event("1")));
    assertThat(again).isEqualTo(first.toBuilder().setDuplicate(true).build());
    assertThat(back.sendAndAck(group(3, event("3"))).getFirstOpId()).isEqualTo(3);
  }

  @Test
  void shouldFenceAnOlderEpoch() {
    // given
    Producer older = Producer.open("fenced", "p", 0);
    older.sendAndAck(group(1, event("old")));
    Producer newer = Producer.open("fenced", "p", 0);

    // when
    older.send(group(2, event("too late")));

    // then
    assertThat(newer.welcome.getProducerEpoch()).isGreaterThan(older.welcome.getProducerEpoch());
    assertThat(newer.welcome.getNextNumber()).isEqualTo(1);
    older.refusal(2).is(ErrorReason.ERROR_REASON_PRODUCER_FENCED, "superseded");
    newer.sendAndAck(group(1, event("new")));
    assertThat(texts("fenced")).containsExactly("old", "new");
    openRefused(producer("fenced", "p", older.welcome.getProducerEpoch()))
        .is(ErrorReason.ERROR_REASON_PRODUCER_FENCED);
  }

  @Test
  void shouldRefuseAnEpochThatWasNeverGiven() {
    Producer.open("never", "p", 0);

    openRefused(producer("never", "p", 77)).is(ErrorReason.ERROR_REASON_EPOCH_MISMATCH, "77");
    openRefused(producer("never", "unknown", 1)).is(ErrorReason.ERROR_REASON_EPOCH_MISMATCH);
  }

  @Test
  void shouldSayThatANumberBelowTheWindowIsTooOld() {
    // given
    Producer producer = Producer.open("window", "p", 0);
    int last = DEDUPE_WINDOW + 1;
    for (int number = 1; number <= last; number++) {
      producer.send(group(number, event("" + number)));
    }
    LongStream.rangeClosed(1, last)
        .forEach(number -> assertThat(producer.ack().getNumber()).isEqualTo(number));

    // when
    producer.send(group(1, event("1")));
    producer.send(group(2, event("2")));

    // then
    producer.refusal(1).is(ErrorReason.ERROR_REASON_REQUEST_TOO_OLD, "outcome is unknown");
    PublishAck oldestRemembered = producer.ack();
    assertThat(oldestRemembered.getFirstOpId()).isEqualTo(2);
    assertThat(oldestRemembered.getDuplicate()).isTrue();
  }

  @Test
  void shouldNumberTheLogsOfAProducerApart() {
    // given
    Producer main = Producer.open("logs", "p", 0);
    main.sendAndAck(group(1, event("a")));

    // when
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = coordinator.publishStream();
    call.send(producer("logs", "p", 0, Log.LOG_CONTROL));
    Producer control = new Producer(call, call.next().getWelcome());

    // then
    assertThat(control.welcome.getNextNumber()).isEqualTo(1);
    control.sendAndAck(group(1, event(Topic.TOPIC_CONTROL, Requests.ALL, "c")));
    main.sendAndAck(group(2, event("b")));
    control.send(group(2, event("a command")));
    control.refusal(2).is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "a topic of control");
  }

  @Test
  void shouldHonourAnIdempotencyKeyBesideANumber() {
    // given
    PublishGroup keyedGroup =
        group(1, event("a")).toBuilder().setIdempotencyKey("assignment-1").build();
    PublishAck first = Producer.open("beside", "p", 0).sendAndAck(keyedGroup);

    // when the producer starts anew, with numbers from 1, and sends the same again
    Producer anew = Producer.open("beside", "p", 0);
    PublishAck again = anew.sendAndAck(keyedGroup);

    // then
    assertThat(again).isEqualTo(first.toBuilder().setDuplicate(true).build());
    assertThat(anew.sendAndAck(group(2, event("b"))).getFirstOpId()).isEqualTo(2);
  }

  @Test
  void shouldJudgeEachGroupInItsTurn() {
    // given
    Producer producer = Producer.open("turns", "p", 0);
    PublishRecord unfit = event(Topic.TOPIC_UNSPECIFIED, Requests.ALL, "nonsense");

    // when two of them can never be appended, and what is sent behind them leaves a gap
    producer.send(group(1, event("a")));
    producer.send(group(2, unfit));
    producer.send(group(3, event("b")));
    producer.send(group(4, unfit));

    // then
    assertThat(producer.ack().getNumber()).isEqualTo(1);
    producer.refusal(2).is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "topic");
    producer.refusal(3).is(ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE, "number 2");
    producer.refusal(4).is(ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE, "number 2");

    // when what is left of them is numbered anew
    producer.send(group(2, event("b")));
    producer.send(group(3, unfit));

    // then
    assertThat(producer.ack().getNumber()).isEqualTo(2);
    producer.refusal(3).is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "topic");
  }

  @Test
  void shouldRefuseAGroupBeforeHello() {
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = coordinator.publishStream();

    call.send(frame(group(1, event("a"))));

    call.refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "ProducerHello first");
  }

  @Test
  void shouldRefuseASecondHello() {
    Producer producer = Producer.open("two-hellos", "p", 0);

    producer.call.send(producer("two-hellos", "p", 0));

    producer.call.refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "second one");
  }

  @Test
  void shouldRefuseAnEmptyFrame() {
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = coordinator.publishStream();

    call.send(PublishStreamRequest.getDefaultInstance());

    call.refusal().is(ErrorReason.ERROR_REASON_UNKNOWN_FRAME, "known arm");
  }

  @Test
  void shouldRefuseAHelloThatIsNotWhole() {
    openRefused(producer("", "p", 0)).is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "swarm");
    openRefused(producer("s", "", 0)).is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "producer_id");
    openRefused(producer("s", "p", 0, Log.LOG_TELEMETRY))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "got telemetry");
    openRefused(producer("s", "p", 0, Log.LOG_UNSPECIFIED))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "log");
  }

  @Test
  void shouldAnswerEverythingBeforeItEndsAHalfClosedStream() {
    // given a client that says all it has to say at once
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = coordinator.publishStream();
    call.send(producer("half-closed", "p", 0));
    for (int number = 1; number <= 10; number++) {
      call.send(frame(group(number, event("" + number))));
    }

    // when
    call.halfClose();

    // then
    List<PublishStreamResponse> answers = call.completed();
    assertThat(answers).hasSize(11);
    assertThat(answers.get(0).hasWelcome()).isTrue();
    assertThat(answers.get(10).getAck().getLast().getOpId()).isEqualTo(10);
  }

  @Test
  void shouldWelcomeAProducerThatHalfClosesAtOnce() {
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = coordinator.publishStream();

    call.send(producer("nothing-to-say", "p", 0));
    call.halfClose();

    assertThat(call.completed())
        .singleElement()
        .satisfies(response -> assertThat(response.hasWelcome()).isTrue());
  }

  private static List<String> texts(String swarm) {
    return coordinator.everything(swarm, Log.LOG_MAIN).stream()
        .map(operation -> operation.getPayload().getData().toStringUtf8())
        .toList();
  }

  private static Failure openRefused(PublishStreamRequest hello) {
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = coordinator.publishStream();
    call.send(hello);
    return call.refusal();
  }

  /** A producer's stream after its welcome. */
  private record Producer(
      StreamCall<PublishStreamRequest, PublishStreamResponse> call, ProducerWelcome welcome) {

    static Producer open(String swarm, String producerId, long epoch) {
      StreamCall<PublishStreamRequest, PublishStreamResponse> call = coordinator.publishStream();
      call.send(producer(swarm, producerId, epoch));
      return new Producer(call, call.next().getWelcome());
    }

    void send(PublishGroup group) {
      call.send(frame(group));
    }

    PublishAck ack() {
      PublishStreamResponse response = call.next();
      assertThat(response.hasAck()).as("%s", response).isTrue();
      return response.getAck();
    }

    PublishAck sendAndAck(PublishGroup group) {
      send(group);
      return ack();
    }

    Failure refusal(long number) {
      PublishStreamResponse response = call.next();
      assertThat(response.hasRefusal()).as("%s", response).isTrue();
      PublishRefusal refusal = response.getRefusal();
      assertThat(refusal.getNumber()).isEqualTo(number);
      return Failure.of(refusal.getStatus());
    }
  }
}
