package dev.swarmlog.demo.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import org.junit.jupiter.api.Test;

/** The digests are those of Python: hashlib.sha256 over what docs/polyglot.md says. */
class LogFoldTest {
  private static final String NO_EVENTS = "00".repeat(32);
  private static final String NO_KEYS =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private final LogFold fold = new LogFold();

  @Test
  void shouldBeginWithNothing() {
    assertThat(fold.state()).isEqualTo(new AgentState(0, NO_EVENTS, 0, NO_KEYS));
  }

  @Test
  void shouldChainEventsWithTheirOperationIds() {
    // when: sha256(32 zero bytes, 00 00 00 00 00 00 00 03, "a")
    fold.apply(event(3, "a").build());

    // then
    assertThat(fold.state())
        .isEqualTo(
            new AgentState(
                1, "888ff7597481a1bfd33d35fd51c425c72f526ebb4443bd3257373ec3407aa570", 0, NO_KEYS));
  }

  @Test
  void shouldHoldTheLastValueOfEachKeyInTheOrderOfTheirBytes() {
    // when
    fold.apply(keyed(1, "é", "1").build());
    fold.apply(keyed(2, "z", "old").build());
    fold.apply(keyed(3, "z", "2").build());
    fold.apply(keyed(4, "gone", "x").build());
    // As of a key that has expired.
    fold.apply(
        keyed(5, "gone", "").setTombstone(true).setOrigin(Origin.newBuilder().setOpId(4)).build());

    // then
    assertThat(fold.state())
        .isEqualTo(
            new AgentState(
                0,
                NO_EVENTS,
                2,
                "9797f76c8b5c7acc641b221188d3a02209620f6bc2c0e21991cbfc20f7c6e791"));
  }

  @Test
  void shouldPassOverWhatIsNotForAllAgentsOrComesAgain() {
    // when
    fold.apply(event(1, "a").setTarget(Target.newBuilder().setAgent("go-1")).build());
    fold.apply(
        event(2, "a")
            .setOrigin(
                Origin.newBuilder()
                    .setOpId(1)
                    .setOperationClass(OperationClass.OPERATION_CLASS_EVENT))
            .build());
    fold.apply(event(3, "a").setTopic(Topic.TOPIC_ALERTS).build());

    // then
    assertThat(fold.state()).isEqualTo(new AgentState(0, NO_EVENTS, 0, NO_KEYS));
  }

  private static Operation.Builder event(long opId, String data) {
    return operation(opId, data)
        .setTopic(Topic.TOPIC_COMMANDS)
        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT);
  }

  private static Operation.Builder keyed(long opId, String key, String data) {
    return operation(opId, data)
        .setTopic(Topic.TOPIC_RECONCILIATION)
        .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
        .setKey(key);
  }

  private static Operation.Builder operation(long opId, String data) {
    return Operation.newBuilder()
        .setOpId(opId)
        .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
        .setPayload(Payload.newBuilder().setData(ByteString.copyFromUtf8(data)));
  }
}
