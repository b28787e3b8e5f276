package dev.swarmlog.server;

import static dev.swarmlog.server.TestServer.reason;
import static dev.swarmlog.server.TestServer.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishServiceGrpc.PublishServiceBlockingStub;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.Welcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients do wrong: each gets a reason, and nobody else notices. */
final class MisbehavingClientTest {

  private static final String SWARM = "s";
  private static final Duration HANDSHAKE_TIMEOUT = Duration.ofMillis(400);

  private TestServer running;

  @BeforeEach
  void start() throws Exception {
    running =
        TestServer.start(
            Surroundings.real().withLimit("handshakeTimeout", HANDSHAKE_TIMEOUT), Map.of());
  }

  @AfterEach
  void stop() {
    try {
      assertThat(publish(Wire.event("the others are served")).getOpId()).isPositive();
    } finally {
      running.close();
    }
  }

  @Test
  void shouldRefuseUnknownSwarmWhereNoneIsCreated() throws Exception {
    try (TestServer strict = TestServer.start(Map.of("create-swarms", "false"))) {
      PublishServiceBlockingStub stub = PublishServiceGrpc.newBlockingStub(strict.channel());
      assertThat(refusal(() -> stub.publish(Wire.publish("nobody", Wire.event("x")))))
          .isEqualTo("SWARM_NOT_FOUND");
    }
  }

  @Test
  void shouldRefuseRecordThatBreaksTheContract() throws Exception {
    PublishRecord noTopic = Wire.event("x").toBuilder().clearTopic().build();
    PublishRecord unknownTopic = Wire.event("x").toBuilder().setTopicValue(99).build();
    PublishRecord telemetry = Wire.event("x").toBuilder().setTopic(Topic.TOPIC_TELEMETRY).build();
    PublishRecord noTarget = Wire.event("x").toBuilder().clearTarget().build();
    PublishRecord noClass = Wire.event("x").toBuilder().clearOperationClass().build();
    for (PublishRecord bad : List.of(noTopic, unknownTopic, telemetry, noTarget, noClass)) {
      assertThat(refusal(() -> publish(bad))).as("%s", bad).isEqualTo("INVALID_ARGUMENT");
    }
  }

  @Test
  void shouldRefuseWhatIsNotServedYet() throws Exception {
    PublishRecord later = Wire.event("x").toBuilder().setDeliverAtUnixNano(1).build();
    assertThat(refusal(() -> publish(later))).isEqualTo("NOT_SERVED");
  }

  @Test
  void shouldRefuseBadNames() throws Exception {
    for (String name : List.of("", "x".repeat(129), "a\nb", "\u0000")) {
      PublishServiceBlockingStub stub = PublishServiceGrpc.newBlockingStub(running.channel());
      assertThat(refusal(() -> stub.publish(Wire.publish(name, Wire.event("x")))))
          .as("name \"%s\"", name)
          .isEqualTo("INVALID_ARGUMENT");
    }
  }

  @Test
  void shouldRefusePayloadOverTheLimitAndTakeTheNextGroupOfTheStream() throws Exception {
    // given
    PublishRecord tooLarge =
        Wire.event(ByteString.copyFrom(new byte[Limits.defaults().maxPayloadBytes() + 1]));

    try (TestStream<PublishStreamRequest, PublishStreamResponse> stream = producer("p")) {
      // when
      PublishStreamResponse refused = stream.send(Wire.group(1, tooLarge)).next();
      PublishStreamResponse taken = stream.send(Wire.group(1, Wire.event("fits"))).next();

      // then
      assertThat(reason(refused.getRefusal().getStatus())).isEqualTo("PAYLOAD_TOO_LARGE");
      assertThat(taken.getAck().getNumber()).isEqualTo(1);
    }
  }

  @Test
  void shouldGiveFirstAnswerToRetryAndRefuseOtherPayloadUnderTheNumber() throws Exception {
    try (TestStream<PublishStreamRequest, PublishStreamResponse> stream = producer("p")) {
      // given
      PublishStreamResponse first = stream.send(Wire.group(1, Wire.event("a"))).next();

      // when
      PublishStreamResponse again = stream.send(Wire.group(1, Wire.event("a"))).next();
      PublishStreamResponse other = stream.send(Wire.group(1, Wire.event("b"))).next();
      PublishStreamResponse gap = stream.send(Wire.group(3, Wire.event("c"))).next();

      // then
      assertThat(again.getAck()).isEqualTo(first.getAck().toBuilder().setDuplicate(true).build());
      assertThat(reason(other.getRefusal().getStatus())).isEqualTo("REQUEST_CONFLICT");
      assertThat(reason(gap.getRefusal().getStatus())).isEqualTo("OUT_OF_SEQUENCE");
    }
  }

  @Test
  void shouldEndStreamsThatSayNothing() throws Exception {
    try (TestStream<ControlRequest, ControlResponse> control = Wire.control(running.channel());
        TestStream<DataRequest, DataResponse> data = Wire.data(running.channel());
        TestStream<PublishStreamRequest, PublishStreamResponse> publishing =
            Wire.publishing(running.channel());
        TestStream<TelemetryRequest, TelemetryResponse> telemetry =
            TestStream.open(PublishServiceGrpc.newStub(running.channel())::telemetry)) {
      assertThat(control.endReason()).isEqualTo("HANDSHAKE_TIMEOUT");
      assertThat(data.endReason()).isEqualTo("HANDSHAKE_TIMEOUT");
      assertThat(publishing.endReason()).isEqualTo("HANDSHAKE_TIMEOUT");
      assertThat(telemetry.endReason()).isEqualTo("HANDSHAKE_TIMEOUT");
    }
  }

  @Test
  void shouldRefuseFramesOutOfOrder() throws Exception {
    try (TestStream<ControlRequest, ControlResponse> control = welcomed("a", "i1");
        TestStream<PublishStreamRequest, PublishStreamResponse> early =
            Wire.publishing(running.channel());
        TestStream<DataRequest, DataResponse> unknown = Wire.data(running.channel())) {
      // when
      control.send(Wire.frame(Wire.hello(SWARM, "a", "i1")));
      early.send(Wire.group(1, Wire.event("x")));
      unknown.send(Wire.attach("no such session"));

      // then
      assertThat(control.endReason()).isEqualTo("PROTOCOL_VIOLATION");
      assertThat(early.endReason()).isEqualTo("PROTOCOL_VIOLATION");
      assertThat(unknown.endReason()).isEqualTo("SESSION_NOT_FOUND");
    }
  }

  @Test
  void shouldRefuseAProtocolItDoesNotSpeakAndDriftWithoutSync() throws Exception {
    try (TestStream<ControlRequest, ControlResponse> newer = Wire.control(running.channel());
        TestStream<ControlRequest, ControlResponse> driftOnly = Wire.control(running.channel())) {
      // when
      newer.send(Wire.frame(Wire.hello(SWARM, "a", "i").setProtocolMin(2).setProtocolMax(3)));
      driftOnly.send(
          Wire.frame(
              Wire.hello(SWARM, "b", "i").setCapabilities(Capability.CAPABILITY_DRIFT_VALUE)));

      // then
      assertThat(newer.endReason()).isEqualTo("INVALID_ARGUMENT");
      assertThat(driftOnly.endReason()).isEqualTo("INVALID_ARGUMENT");
    }
  }

  @Test
  void shouldLetNewerSessionOfAnAgentEndTheOlder() throws Exception {
    try (TestStream<ControlRequest, ControlResponse> older = welcomed("twin", "i1");
        TestStream<ControlRequest, ControlResponse> newer = welcomed("twin", "i2")) {
      assertThat(older.endReason()).isEqualTo("SESSION_SUPERSEDED");
      assertThat(newer.hasEnded()).isFalse();
    }
  }

  @Test
  void shouldRefusePositionThatIsNotWhole() throws Exception {
    // given
    Position head = publish(Wire.event("x"));
    Position noHash = head.toBuilder().clearRunningHash().build();
    Position noLog = head.toBuilder().clearLog().build();
    Position noEpoch = head.toBuilder().clearEpoch().build();

    for (Position malformed : List.of(noHash, noLog, noEpoch)) {
      try (TestStream<ControlRequest, ControlResponse> control = Wire.control(running.channel())) {
        // when
        control.send(Wire.frame(resuming(malformed)));

        // then
        assertThat(control.endReason()).as("%s", malformed).isEqualTo("INVALID_ARGUMENT");
      }
    }
  }

  @Test
  void shouldRejectPositionsOfAnotherHistoryWithoutHarm() throws Exception {
    // given
    Position head = publish(Wire.event("x"));
    Position beyond = head.toBuilder().setOpId(head.getOpId() + 1).build();
    Position otherLife = head.toBuilder().setIncarnation(head.getIncarnation() + 1).build();
    Position otherEpoch = head.toBuilder().setEpoch(head.getEpoch() + 1).build();
    Position otherHash = head.toBuilder().setRunningHash(ByteString.copyFrom(new byte[16])).build();

    // then
    assertThat(plan(head).getPlan()).isEqualTo(Plan.PLAN_CURRENT);
    assertThat(rejection(beyond)).isEqualTo("POSITION_BEYOND_HEAD");
    assertThat(rejection(otherLife)).isEqualTo("EPOCH_MISMATCH");
    assertThat(rejection(otherEpoch)).isEqualTo("EPOCH_MISMATCH");
    assertThat(rejection(otherHash)).isEqualTo("EPOCH_MISMATCH");
  }

  @Test
  void shouldServeOthersWhileOneReaderNeverReads() throws Exception {
    // given
    PublishRecord large = Wire.event(ByteString.copyFrom(new byte[256 * 1024]));
    int count = 120;
    try (TestStream<DataRequest, DataResponse> deaf = attached("deaf", "i");
        TestStream<DataRequest, DataResponse> reader = attached("reader", "i")) {
      // when
      Position last = Position.getDefaultInstance();
      for (int i = 0; i < count; i++) {
        last = publish(large);
      }

      // then
      long reached = 0;
      while (reached < last.getOpId()) {
        DataResponse frame = reader.next();
        if (frame.hasDelivery()) {
          reached = frame.getDelivery().getTo().getOpId();
          reader.send(Wire.ack(frame.getDelivery().getTo()));
        }
      }
      assertThat(reached).isEqualTo(last.getOpId());
      assertThat(deaf.hasEnded()).isFalse();
    }
  }

  private Position publish(PublishRecord record) {
    return PublishServiceGrpc.newBlockingStub(running.channel())
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .publish(Wire.publish(SWARM, record))
        .getAck()
        .getLast();
  }

  private TestStream<PublishStreamRequest, PublishStreamResponse> producer(String id)
      throws Exception {
    TestStream<PublishStreamRequest, PublishStreamResponse> stream =
        Wire.publishing(running.channel());
    assertThat(stream.send(Wire.producer(SWARM, id)).next().hasWelcome()).isTrue();
    return stream;
  }

  private TestStream<ControlRequest, ControlResponse> welcomed(String agent, String instance)
      throws Exception {
    TestStream<ControlRequest, ControlResponse> control = Wire.control(running.channel());
    assertThat(control.send(Wire.frame(Wire.hello(SWARM, agent, instance))).next().hasWelcome())
        .isTrue();
    return control;
  }

  private TestStream<DataRequest, DataResponse> attached(String agent, String instance)
      throws Exception {
    TestStream<ControlRequest, ControlResponse> control = Wire.control(running.channel());
    Welcome welcome =
        control.send(Wire.frame(Wire.hello(SWARM, agent, instance))).next().getWelcome();
    TestStream<DataRequest, DataResponse> data = Wire.data(running.channel());
    return data.send(Wire.attach(welcome.getSessionId()));
  }

  private static dev.swarmlog.v1.Hello.Builder resuming(Position position) {
    return Wire.hello(SWARM, "resumer", "i")
        .addResume(LogResume.newBuilder().setPosition(position));
  }

  private LogPlan plan(Position position) throws Exception {
    try (TestStream<ControlRequest, ControlResponse> control = Wire.control(running.channel())) {
      Welcome welcome = control.send(Wire.frame(resuming(position))).next().getWelcome();
      return welcome.getPlansList().stream()
          .filter(plan -> plan.getLog() == Log.LOG_MAIN)
          .findFirst()
          .orElseThrow();
    }
  }

  private String rejection(Position position) throws Exception {
    LogPlan plan = plan(position);
    assertThat(plan.getPlan()).isEqualTo(Plan.PLAN_REJECT);
    return reason(plan.getStatus());
  }
}
