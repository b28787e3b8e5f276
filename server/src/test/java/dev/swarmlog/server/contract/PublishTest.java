package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.group;
import static dev.swarmlog.server.contract.Requests.keyed;
import static dev.swarmlog.server.contract.Requests.tombstone;
import static dev.swarmlog.server.contract.Requests.withKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.Limits;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The unary publish, and what a group must look like. */
class PublishTest {

  private static final Limits LIMITS = Limits.defaults();

  private static Coordinator coordinator;

  @BeforeAll
  static void start() throws Exception {
    // Half of what is published here is to be refused.
    coordinator = Coordinator.inMemory(UnaryOperator.identity(), "breaker-wait", "0s");
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldAnswerWithThePositionOfTheGroup() {
    // given
    coordinator.publish("answer", event("first"));

    // when
    PublishAck ack = coordinator.publish("answer", event("a"), keyed("k", "b"));

    // then
    assertThat(ack.getFirstOpId()).isEqualTo(2);
    assertThat(ack.getLast().getOpId()).isEqualTo(3);
    assertThat(ack.getLast()).isEqualTo(coordinator.swarm("answer").getSwarm().getMainHead());
    assertThat(ack.getLast().getLog()).isEqualTo(Log.LOG_MAIN);
    assertThat(ack.getDuplicate()).isFalse();
    assertThat(ack.getDurability()).isEqualTo(Durability.DURABILITY_OS);
  }

  @Test
  void shouldFlushToTheDeviceBeforeTheAckWhenThereIsOne(@TempDir Path directory) throws Exception {
    try (Coordinator onDisk = Coordinator.on(directory)) {
      assertThat(onDisk.publish("durable", event("a")).getDurability())
          .isEqualTo(Durability.DURABILITY_ALWAYS);
    }
  }

  @Test
  void shouldLogWhatWasPublished() {
    // given
    PublishRecord published =
        keyed(Topic.TOPIC_ALERTS, Requests.role("watchers"), "disk", "full").toBuilder()
            .setPublishTimeUnixNano(42)
            .setTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03")
            .setTracestate("vendor=1")
            .build();

    // when
    coordinator.publish("logged", published, published);

    // then
    List<Operation> operations = coordinator.everything("logged", Log.LOG_MAIN);
    assertThat(operations).hasSize(2);
    Operation operation = operations.get(1);
    assertThat(operation.getOpId()).isEqualTo(2);
    assertThat(operation.getGroupFirst()).isEqualTo(1);
    assertThat(operation.getGroupLast()).isEqualTo(2);
    assertThat(operation.getTopic()).isEqualTo(Topic.TOPIC_ALERTS);
    assertThat(operation.getTarget()).isEqualTo(Requests.role("watchers"));
    assertThat(operation.getOperationClass()).isEqualTo(OperationClass.OPERATION_CLASS_KEYED);
    assertThat(operation.getKey()).isEqualTo("disk");
    assertThat(operation.getKeyExisted()).isTrue();
    assertThat(operations.get(0).getKeyExisted()).isFalse();
    assertThat(operation.getPayload()).isEqualTo(published.getPayload());
    assertThat(operation.getPublishTimeUnixNano()).isEqualTo(42);
    assertThat(operation.getAppendTimeUnixNano()).isPositive();
    assertThat(operation.getPublisher()).isEqualTo("publisher");
    assertThat(operation.getTraceparent()).isEqualTo(published.getTraceparent());
    assertThat(operation.getTracestate()).isEqualTo("vendor=1");
    assertThat(operation.getValueDigest().size()).isEqualTo(16);
    assertThat(operation.getProducerId()).isEmpty();
  }

  @Test
  void shouldNumberControlAndMainApart() {
    // given
    coordinator.publish("two-logs", event("a"), event("b"));

    // when
    PublishAck control = coordinator.publish("two-logs", event(Topic.TOPIC_CONTROL, ALL, "config"));

    // then
    assertThat(control.getFirstOpId()).isEqualTo(1);
    assertThat(control.getLast().getLog()).isEqualTo(Log.LOG_CONTROL);
    assertThat(coordinator.everything("two-logs", Log.LOG_MAIN)).hasSize(2);
    assertThat(coordinator.everything("two-logs", Log.LOG_CONTROL)).hasSize(1);
  }

  @Test
  void shouldGiveTheFirstAnswerAgainForAnIdempotencyKey() {
    // given
    PublishGroup keyedGroup = withKey("order-1", event("a"), event("b"));
    PublishAck first = coordinator.publish("idempotent", keyedGroup);
    coordinator.publish("idempotent", event("between"));

    // when
    PublishAck again = coordinator.publish("idempotent", keyedGroup);

    // then
    assertThat(again).isEqualTo(first.toBuilder().setDuplicate(true).build());
    assertThat(coordinator.everything("idempotent", Log.LOG_MAIN)).hasSize(3);
  }

  @Test
  void shouldRefuseAnotherPayloadUnderTheSameIdempotencyKey() {
    // given
    coordinator.publish("conflict", withKey("order-1", event("a")));

    // when
    Failure failure =
        Failure.of(() -> coordinator.publish("conflict", withKey("order-1", event("b"))));

    // then
    failure.is(ErrorReason.ERROR_REASON_REQUEST_CONFLICT, "order-1");
    assertThat(coordinator.everything("conflict", Log.LOG_MAIN)).hasSize(1);
  }

  @Test
  void shouldKeepIdempotencyKeysOfSwarmsApart() {
    coordinator.publish("apart-1", withKey("order-1", event("a")));

    PublishAck other = coordinator.publish("apart-2", withKey("order-1", event("b")));

    assertThat(other.getDuplicate()).isFalse();
    assertThat(other.getFirstOpId()).isEqualTo(1);
  }

  @Test
  void shouldRefuseAnUnknownSwarmWhereSwarmsAreNotCreatedOnUse() throws Exception {
    try (Coordinator strict = Coordinator.inMemory(s -> s, "create-swarms", "false")) {
      Failure failure = Failure.of(() -> strict.publish("nowhere", event("a")));

      failure.is(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND, "nowhere");
      assertThat(failure.metadata()).containsEntry("swarm", "nowhere");
    }
  }

  static Stream<Arguments> refusedGroups() {
    PublishRecord fine = event("fine");
    return Stream.of(
        arguments("a number", invalid(), "number 0", group(1, fine)),
        arguments("no record", invalid(), "at least one record", group(0)),
        arguments(
            "too many records",
            ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE,
            "1000",
            PublishGroup.newBuilder()
                .addAllRecords(Collections.nCopies(LIMITS.maxGroupRecords() + 1, fine))
                .build()),
        arguments(
            "a large payload",
            ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE,
            "1048576 bytes",
            group(0, sized(LIMITS.maxPayloadBytes() + 1))),
        arguments(
            "a large group",
            ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE,
            "4194304 bytes",
            PublishGroup.newBuilder()
                .addAllRecords(Collections.nCopies(4, sized(LIMITS.maxPayloadBytes())))
                .build()),
        arguments(
            "an unknown topic",
            invalid(),
            "number 99",
            group(0, fine.toBuilder().setTopicValue(99).build())),
        arguments(
            "no topic", invalid(), "number 0", group(0, fine.toBuilder().clearTopic().build())),
        arguments(
            "telemetry",
            invalid(),
            "stream of its own",
            group(0, fine.toBuilder().setTopic(Topic.TOPIC_TELEMETRY).build())),
        arguments(
            "two logs",
            invalid(),
            "belongs to control",
            group(0, fine, event(Topic.TOPIC_CONTROL, ALL, "config"))),
        arguments(
            "no class",
            invalid(),
            "number 0",
            group(0, fine.toBuilder().clearOperationClass().build())),
        arguments(
            "an unknown class",
            invalid(),
            "number 77",
            group(0, fine.toBuilder().setOperationClassValue(77).build())),
        arguments(
            "an ephemeral command",
            invalid(),
            "telemetry only",
            group(
                0,
                fine.toBuilder()
                    .setOperationClass(OperationClass.OPERATION_CLASS_EPHEMERAL)
                    .build())),
        arguments("keyed without key", invalid(), "key", group(0, keyed("", "a"))),
        arguments(
            "a long key",
            invalid(),
            "1024 bytes",
            group(0, keyed("k".repeat(LIMITS.maxKeyBytes() + 1), "a"))),
        arguments(
            "an event with a key",
            invalid(),
            "no key",
            group(0, fine.toBuilder().setKey("k").build())),
        arguments(
            "a tombstone with payload",
            invalid(),
            "tombstone",
            group(0, tombstone("k").toBuilder().setPayload(Requests.payload("a")).build())),
        arguments(
            "a tombstone without key",
            invalid(),
            "tombstone",
            group(0, fine.toBuilder().clearPayload().setTombstone(true).build())),
        arguments(
            "no target", invalid(), "target", group(0, fine.toBuilder().clearTarget().build())),
        arguments(
            "a target without name",
            invalid(),
            "target.agent",
            group(0, event(Topic.TOPIC_COMMANDS, Target.newBuilder().setAgent("").build(), "a"))),
        arguments(
            "a role with a long name",
            invalid(),
            "target.role",
            group(0, event(Topic.TOPIC_COMMANDS, Requests.role("r".repeat(129)), "a"))),
        arguments(
            "deliver_at",
            ErrorReason.ERROR_REASON_NOT_SERVED,
            "deliver_at",
            group(0, fine.toBuilder().setDeliverAtUnixNano(1).build())),
        arguments(
            "an expiry in the year 2262",
            invalid(),
            "expires_at",
            group(0, fine.toBuilder().setExpiresAtUnixNano(-1).build())),
        arguments(
            "a tombstone that expires",
            invalid(),
            "expires_at",
            group(0, tombstone("k").toBuilder().setExpiresAtUnixNano(1).build())),
        arguments(
            "a term",
            ErrorReason.ERROR_REASON_NOT_SERVED,
            "term",
            group(0, fine.toBuilder().setTerm(1).build())),
        arguments(
            "a long traceparent",
            invalid(),
            "traceparent",
            group(0, fine.toBuilder().setTraceparent("0".repeat(513)).build())),
        arguments(
            "a long payload type",
            invalid(),
            "type",
            group(
                0,
                fine.toBuilder()
                    .setPayload(Payload.newBuilder().setType("t".repeat(257)))
                    .build())),
        arguments(
            "a long idempotency key",
            invalid(),
            "idempotency key",
            withKey("k".repeat(257), fine)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusedGroups")
  void shouldRefuse(String what, ErrorReason reason, String part, PublishGroup refused) {
    // given
    coordinator.publish("refusals", event("before"));
    long headBefore = coordinator.swarm("refusals").getSwarm().getMainHead().getOpId();

    // when
    Failure failure = Failure.of(() -> coordinator.publish("refusals", refused));

    // then
    failure.is(reason, part);
    assertThat(coordinator.swarm("refusals").getSwarm().getMainHead().getOpId())
        .as("nothing was appended")
        .isEqualTo(headBefore);
  }

  @Test
  void shouldTakeWhatIsJustWithinItsBounds() {
    // given
    PublishRecord full =
        event(Topic.TOPIC_COMMANDS, Requests.role("r".repeat(LIMITS.maxNameBytes())), "")
            .toBuilder()
            .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
            .setKey("k".repeat(LIMITS.maxKeyBytes()))
            .setTraceparent("0".repeat(LIMITS.maxTraceFieldBytes()))
            .setTracestate("0".repeat(LIMITS.maxTraceFieldBytes()))
            .setPayload(
                Payload.newBuilder()
                    .setType("t".repeat(LIMITS.maxTypeBytes()))
                    .setContentType("c".repeat(LIMITS.maxTypeBytes()))
                    .setData(ByteString.copyFrom(new byte[LIMITS.maxPayloadBytes()])))
            .build();
    PublishGroup many =
        PublishGroup.newBuilder()
            .addAllRecords(Collections.nCopies(LIMITS.maxGroupRecords(), event("")))
            .build();
    PublishGroup nearly =
        PublishGroup.newBuilder()
            .addAllRecords(Collections.nCopies(3, sized(LIMITS.maxPayloadBytes())))
            .build();
    int left = LIMITS.maxGroupBytes() - nearly.getSerializedSize();
    int around = group(0, sized(left - 100)).getSerializedSize() - (left - 100);
    PublishGroup large = nearly.toBuilder().addRecords(sized(left - around)).build();
    assertThat(large.getSerializedSize()).isEqualTo(LIMITS.maxGroupBytes());

    // then
    String swarm = "s".repeat(LIMITS.maxNameBytes());
    coordinator.publish(swarm, withKey("k".repeat(LIMITS.maxIdempotencyKeyBytes()), full));
    coordinator.publish(swarm, many);
    coordinator.publish(swarm, large);
    assertThat(coordinator.swarm(swarm).getSwarm().getMainHead().getOpId())
        .isEqualTo(1 + LIMITS.maxGroupRecords() + 4);
  }

  @ParameterizedTest
  @MethodSource("badNames")
  void shouldRefuseNamesThatAreNone(String name) {
    Failure.of(() -> coordinator.publish(name, event("a"))).is(invalid(), "swarm");
  }

  static List<String> badNames() {
    return List.of("", "s".repeat(129), "ä".repeat(65), "bell\u0007", "line\nbreak");
  }

  private static ErrorReason invalid() {
    return ErrorReason.ERROR_REASON_INVALID_ARGUMENT;
  }

  private static PublishRecord sized(int bytes) {
    return event("").toBuilder()
        .setPayload(Payload.newBuilder().setData(ByteString.copyFrom(new byte[bytes])))
        .build();
  }
}
