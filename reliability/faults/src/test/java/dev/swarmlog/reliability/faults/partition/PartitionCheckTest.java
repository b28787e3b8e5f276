package dev.swarmlog.reliability.faults.partition;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.SyncReport;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LostEvents;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The check of partitions finds what it is there for. */
class PartitionCheckTest {
  private static final Scope SCOPE = AgentScopes.scope(Topic.TOPIC_COMMANDS, Targets.all());

  /** Two events, and a key that is set, set again and set back. */
  private static final List<Operation> OPERATIONS =
      List.of(event(1), set(2, "k", "a"), event(3), set(4, "k", "b"), set(5, "k", "a"));

  private static final PartitionCheck CHECK =
      new PartitionCheck(
          "ada",
          Set.of(SCOPE),
          true,
          Map.of(Log.LOG_MAIN, OPERATIONS, Log.LOG_CONTROL, List.of()),
          List.of(2L, 4L));

  private final HeldState held = new HeldState();
  private final AgentTold told = new AgentTold();

  @Test
  void shouldFindNothingWrongWithAFullReplay() {
    hold(OPERATIONS);

    assertThat(CHECK.state(held, told)).isEmpty();
  }

  @Test
  void shouldFindAnEventThatWasDropped() {
    hold(without(3));

    assertThat(CHECK.state(held, told))
        .singleElement()
        .asString()
        .contains("lacks 1", "operation 3");
  }

  @Test
  void shouldFindAKeyThatIsStale() {
    hold(without(5));

    assertThat(CHECK.state(held, told)).singleElement().asString().contains("is b, not a");
  }

  @Test
  void shouldFindAnEventThatTookEffectTwice() {
    hold(OPERATIONS);
    hold(List.of(OPERATIONS.get(2)));

    assertThat(CHECK.state(held, told)).singleElement().asString().contains("3 came behind 3");
  }

  @Test
  void shouldFindAnEventThatIsNotInTheLog() {
    hold(OPERATIONS);
    hold(List.of(event(6)));

    assertThat(CHECK.state(held, told)).singleElement().asString().contains("what lies in the log");
  }

  @Test
  void shouldExcuseWhatTheAgentWasToldOfAndFindAWrongCount() {
    // given
    hold(without(3));
    LostEvents lost =
        LostEvents.newBuilder().setScope(SCOPE).setFromOpId(2).setToOpId(4).setCount(1).build();

    // when, then
    told.lost(Log.LOG_MAIN, List.of(lost));
    assertThat(CHECK.state(held, told)).isEmpty();
    told.lost(Log.LOG_MAIN, List.of(lost.toBuilder().setCount(2).build()));
    assertThat(CHECK.state(held, told)).singleElement().asString().contains("told of 1 lost");
  }

  @Test
  void shouldExcuseWhatWasCompactedBeforeAnAgentBeganWithNothing() {
    hold(without(1));
    told.connected(
        "session",
        List.of(
            LogPlan.newBuilder()
                .setLog(Log.LOG_MAIN)
                .setPlan(Plan.PLAN_DELTA)
                .setHorizonOpId(2)
                .build()));

    assertThat(CHECK.state(held, told)).isEmpty();
  }

  @Test
  void shouldExcuseWhatWasCompactedWhileAnAgentBeganWithNothing() {
    // given
    told.connected("session", List.of(fromNothing()));
    hold(OPERATIONS.subList(3, 5));

    // when, then
    assertThat(CHECK.state(held, told)).isEmpty();
    assertThat(CHECK.delta(delta(0, 1, 0), held, told)).isEmpty();
    assertThat(CHECK.delta(delta(0, 0, 0), held, told))
        .singleElement()
        .asString()
        .contains("3 to 3 or 2 to 2 or 1 to 1");
  }

  @Test
  void shouldFindWhatIsMissingBehindWhatAnAgentWasGivenThatBeganWithNothing() {
    hold(without(3));
    told.connected("session", List.of(fromNothing()));

    assertThat(CHECK.state(held, told)).singleElement().asString().contains("operation 3");
  }

  private static LogPlan fromNothing() {
    return LogPlan.newBuilder()
        .setLog(Log.LOG_MAIN)
        .setPlan(Plan.PLAN_DELTA)
        .setTarget(position(5))
        .build();
  }

  @Test
  void shouldTakeADeltaForMinimalThatLeavesOutWhatCameBack() {
    hold(OPERATIONS.subList(0, 2));

    assertThat(CHECK.delta(delta(2, 1, 0), held, told)).isEmpty();
  }

  @Test
  void shouldFindADeltaThatBringsTooMuchOrTooLittle() {
    hold(OPERATIONS.subList(0, 2));

    assertThat(CHECK.delta(delta(2, 2, 0), held, told))
        .singleElement()
        .asString()
        .contains("1 to 1");
    assertThat(CHECK.delta(delta(2, 0, 0), held, told))
        .singleElement()
        .asString()
        .contains("1 to 1");
    assertThat(CHECK.delta(delta(2, 1, 1), held, told))
        .singleElement()
        .asString()
        .contains("in vain");
  }

  @Test
  void shouldCountWhatTheCursorHasNotReachedToALaterStep() {
    // given: the other log saves the cursor while this one has applied more
    held.apply(Log.LOG_MAIN, OPERATIONS.subList(0, 4));
    held.committed(Map.of(Log.LOG_MAIN, position(2)));

    // when
    held.committed(Map.of(Log.LOG_MAIN, position(4)));

    // then
    assertThat(held.keyedAt(Log.LOG_MAIN, 2).values())
        .extracting(ByteString::toStringUtf8)
        .containsExactly("a");
    assertThat(held.keyedAt(Log.LOG_MAIN, 4).values())
        .extracting(ByteString::toStringUtf8)
        .containsExactly("b");
  }

  private void hold(List<Operation> operations) {
    operations.forEach(
        operation -> held.commit(Log.LOG_MAIN, operation.getOpId(), List.of(operation), List.of()));
  }

  private static List<Operation> without(long opId) {
    List<Operation> rest = new ArrayList<>(OPERATIONS);
    rest.removeIf(operation -> operation.getOpId() == opId);
    return rest;
  }

  private static SyncReport delta(long from, long received, long redundant) {
    return new SyncReport(
        Log.LOG_MAIN,
        position(from),
        position(5),
        Plan.PLAN_DELTA,
        true,
        received,
        0,
        redundant,
        0,
        0,
        0,
        List.of());
  }

  private static Position position(long opId) {
    return Position.newBuilder().setLog(Log.LOG_MAIN).setOpId(opId).build();
  }

  private static Operation event(long opId) {
    return operation(opId, of -> of.setOperationClass(OperationClass.OPERATION_CLASS_EVENT));
  }

  private static Operation set(long opId, String key, String value) {
    return operation(
        opId,
        of ->
            of.setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
                .setKey(key)
                .setPayload(Payloads.text("test.Value", value)));
  }

  private static Operation operation(long opId, UnaryOperator<Operation.Builder> rest) {
    return rest.apply(
            Operation.newBuilder()
                .setOpId(opId)
                .setTopic(Topic.TOPIC_COMMANDS)
                .setTarget(Targets.all()))
        .build();
  }
}
