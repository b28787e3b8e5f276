package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.CompactSwarmRequest;
import dev.swarmlog.v1.CompactSwarmResponse;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.Topic;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Logs whose history has gone, as everybody on the wire sees them. */
class CompactionTest {

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
  void shouldMoveTheHorizonAndShowIt() {
    fill("moved");

    CompactSwarmResponse compacted = compact("moved", 4);

    assertThat(compacted.getHorizonOpId()).isEqualTo(4);
    assertThat(compacted.getComplete()).isTrue();
    assertThat(coordinator.swarm("moved").getSwarm().getMainHorizonOpId()).isEqualTo(4);
    assertThat(coordinator.swarm("moved").getSwarm().getControlHorizonOpId()).isZero();
    assertThat(compact("moved", 2).getHorizonOpId()).isEqualTo(4);
    assertThat(compact("moved", 2).getComplete()).isTrue();
  }

  @Test
  void shouldStopAtAGroupsEnd() {
    coordinator.publish("groups", event("1"), event("2"));
    coordinator.publish("groups", event("3"), event("4"));

    assertThat(compact("groups", 3))
        .isEqualTo(CompactSwarmResponse.newBuilder().setHorizonOpId(2).setComplete(true).build());
  }

  @Test
  void shouldTakeABoundedStepPerCall() {
    PublishRecord[] group = Collections.nCopies(1_000, event("e")).toArray(PublishRecord[]::new);
    int operations = 0;
    while (operations <= 17 * EventLog.MAX_COMPACTED_PER_COMMAND) {
      coordinator.publish("bounded", group);
      operations += group.length;
    }

    CompactSwarmResponse first = compact("bounded", operations);
    CompactSwarmResponse second = compact("bounded", operations);

    assertThat(first).isEqualTo(CompactSwarmResponse.newBuilder().setHorizonOpId(16_000).build());
    assertThat(second.getHorizonOpId()).isEqualTo(operations);
    assertThat(second.getComplete()).isTrue();
  }

  @Test
  void shouldRefuseWhatCannotBe() {
    fill("refusing");

    assertThat(refusal(() -> compact("refusing", 9)))
        .startsWith("INVALID_ARGUMENT: Expected up_to_op_id to be at most the head");
    assertThat(refusal(() -> compact("nobody", 1))).startsWith("NOT_FOUND");
    assertThat(
            refusal(
                () ->
                    coordinator
                        .administration()
                        .compactSwarm(
                            CompactSwarmRequest.newBuilder()
                                .setSwarm("refusing")
                                .setLog(Log.LOG_TELEMETRY)
                                .build())))
        .startsWith("INVALID_ARGUMENT: Expected log");
  }

  @Test
  void shouldGiveAReaderThatHasNothingTheStateAndAnAccountOfLostEvents() {
    // given
    fill("fresh");
    compact("fresh", 4);

    // when
    List<SyncResponse> frames = sync("fresh", nothing()).completed();

    // then
    assertThat(frames.get(0).getPlan().getPlan()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(frames.get(0).getPlan().getHorizonOpId()).isEqualTo(4);
    List<Long> sent = new ArrayList<>();
    long skipped = 0;
    ScopeSums sums = ScopeSums.getDefaultInstance();
    for (SyncResponse frame : frames) {
      frame.getPage().getOperationsList().stream().map(Operation::getOpId).forEach(sent::add);
      skipped += frame.getPage().getSkippedList().stream().mapToLong(Skipped::getCount).sum();
      sums = frame.hasReceipt() ? frame.getReceipt().getSums(0) : sums;
    }
    assertThat(sent).containsExactly(3L, 5L, 6L);
    assertThat(skipped + 1).as("what is skipped and event 5").isEqualTo(sums.getEventCount());
  }

  @Test
  void shouldRefuseAPositionBelowTheHorizonToWhoWantsEveryOperation() {
    // given
    Position early = coordinator.publish("late", event("1")).getLast();
    Position at = coordinator.publish("late", event("2")).getLast();
    coordinator.publish("late", event("3"));

    // when
    compact("late", 2);

    // then
    assertThat(replay("late", early).refusalInTheEnd().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_BELOW_HORIZON);
    assertThat(sync("late", at).completed().get(0).getPlan().getPlan()).isEqualTo(Plan.PLAN_DELTA);
  }

  @Test
  void shouldShowObserversWhatIsThere() {
    fill("watched");
    compact("watched", 4);
    TailRequest.Builder tail =
        TailRequest.newBuilder().setSwarm("watched").setLog(Log.LOG_MAIN).setStopAtHead(true);

    assertThat(
            coordinator.tail(tail.setLastOperations(100).build()).completed().stream()
                .flatMap(frame -> frame.getDelivery().getOperationsList().stream())
                .map(Operation::getOpId))
        .containsExactly(5L, 6L);
    DiffRequest diff =
        DiffRequest.newBuilder()
            .setSwarm("watched")
            .setAgent("a")
            .setView(Requests.view(Topic.TOPIC_COMMANDS))
            .setLog(Log.LOG_MAIN)
            .setFromOpId(3)
            .build();
    assertThat(coordinator.diff(diff).refusalInTheEnd().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_BELOW_HORIZON);
    assertThat(coordinator.diff(diff.toBuilder().setFromOpId(4).build()).completed()).isNotEmpty();
  }

  /** Event, key, the same key, event; then event and another key. */
  private static void fill(String swarm) {
    coordinator.publish(swarm, event("e1"));
    coordinator.publish(swarm, keyed("a", "a1"));
    coordinator.publish(swarm, keyed("a", "a2"), event("e2"));
    coordinator.publish(swarm, event("e3"), keyed("b", "b1"));
  }

  private static CompactSwarmResponse compact(String swarm, long upToOpId) {
    return coordinator
        .administration()
        .compactSwarm(
            CompactSwarmRequest.newBuilder().setSwarm(swarm).setUpToOpId(upToOpId).build());
  }

  private static Position nothing() {
    return Position.newBuilder().setLog(Log.LOG_MAIN).build();
  }

  private static StreamCall<SyncRequest, SyncResponse> sync(String swarm, Position from) {
    return coordinator.sync(
        request(swarm, from).setCapabilities(Capability.CAPABILITY_SYNC_VALUE).build());
  }

  /** Every operation. */
  private static StreamCall<SyncRequest, SyncResponse> replay(String swarm, Position from) {
    return coordinator.sync(request(swarm, from).build());
  }

  private static SyncRequest.Builder request(String swarm, Position from) {
    return SyncRequest.newBuilder()
        .setSwarm(swarm)
        .setAgent("reader")
        .setView(Requests.view(Topic.TOPIC_COMMANDS))
        .setResume(LogResume.newBuilder().setPosition(from));
  }

  private static String refusal(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode() + ": " + e.getStatus().getDescription();
    }
    throw new AssertionError("Expected a refusal, but it was done");
  }
}
