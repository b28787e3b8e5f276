package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Looking on: every scope, from anywhere, to the head or for ever. */
class TailTest {

  private static Coordinator coordinator;

  @BeforeAll
  static void start() throws Exception {
    coordinator = Coordinator.inMemory();
    coordinator.publishEvents("ten", 10);
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldStartAfterAnOperation() {
    assertThat(opIds(request("ten").setAfterOpId(7))).containsExactly(8L, 9L, 10L);
    assertThat(opIds(request("ten").setAfterOpId(0))).hasSize(10);
    assertThat(opIds(request("ten").setAfterOpId(10))).isEmpty();
  }

  @Test
  void shouldStartSoManyOperationsBeforeTheHead() {
    assertThat(opIds(request("ten").setLastOperations(3))).containsExactly(8L, 9L, 10L);
    assertThat(opIds(request("ten").setLastOperations(0))).isEmpty();
    assertThat(opIds(request("ten").setLastOperations(1_000))).hasSize(10);
    assertThat(opIds(request("ten").setLastOperations(-1))).as("all 2^64-1 of them").hasSize(10);
  }

  @Test
  void shouldStartAtTheHeadUnlessToldOtherwise() {
    assertThat(opIds(request("ten"))).isEmpty();
  }

  @Test
  void shouldTakeAStartBeyondTheHeadForTheHead() {
    for (long beyond : new long[] {11, Long.MAX_VALUE, -1}) {
      List<TailResponse> frames =
          coordinator.tail(request("ten").setAfterOpId(beyond).build()).completed();

      assertThat(frames).hasSize(1);
      assertThat(frames.get(0).getCaughtUp().getPosition())
          .isEqualTo(coordinator.swarm("ten").getSwarm().getMainHead());
    }
  }

  @Test
  void shouldEndAtTheHeadWithCaughtUp() {
    List<TailResponse> frames =
        coordinator.tail(request("ten").setAfterOpId(0).build()).completed();

    assertThat(frames.get(frames.size() - 1).getCaughtUp().getPosition())
        .isEqualTo(coordinator.swarm("ten").getSwarm().getMainHead());
  }

  @Test
  void shouldEndOnAnEmptyLogToo() {
    List<TailResponse> frames =
        coordinator
            .tail(request("ten").setLog(Log.LOG_CONTROL).setAfterOpId(0).build())
            .completed();

    assertThat(frames).hasSize(1);
    assertThat(frames.get(0).getCaughtUp().getPosition().getOpId()).isZero();
  }

  @Test
  void shouldFollowTheLogAndSeeEveryScope() {
    // given
    coordinator.publish("live", event("before"));
    StreamCall<TailRequest, TailResponse> tail =
        coordinator.tail(request("live").setAfterOpId(0).setStopAtHead(false).build());
    List<String> texts = new ArrayList<>();
    collect(tail.next().getDelivery(), texts);
    assertThat(tail.next().hasCaughtUp()).isTrue();

    // when
    coordinator.publish("live", event(Topic.TOPIC_ALERTS, ALL, "alert"));
    coordinator.publish("live", event(Topic.TOPIC_COMMANDS, Requests.agent("ann"), "to ann"));
    coordinator.publish(
        "live", event(Topic.TOPIC_RECONCILIATION, Requests.role("writer"), "writers"));

    // then
    while (texts.size() < 4) {
      collect(tail.next().getDelivery(), texts);
    }
    assertThat(texts).containsExactly("before", "alert", "to ann", "writers");
    tail.cancel();
  }

  @Test
  void shouldGiveTheRunningHashOfEachDelivery() {
    RunningHash hash = RunningHash.of(coordinator.everything("ten", Log.LOG_MAIN));

    List<TailResponse> frames =
        coordinator.tail(request("ten").setAfterOpId(4).build()).completed();

    assertThat(frames.get(0).getDelivery().getFromOpId()).isEqualTo(4);
    assertThat(frames.subList(0, frames.size() - 1))
        .allSatisfy(frame -> assertThat(hash.agreesWith(frame.getDelivery().getTo())).isTrue());
  }

  @Test
  void shouldRefuseWhatIsNotThere() {
    coordinator
        .tail(request("no-such-swarm").build())
        .refusal()
        .is(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND, "no-such-swarm");
    coordinator
        .tail(request("ten").clearLog().build())
        .refusal()
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "number 0");
    coordinator
        .tail(request("ten").setLogValue(42).build())
        .refusal()
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "number 42");
    coordinator
        .tail(request("").build())
        .refusal()
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "swarm");
  }

  @Test
  void shouldStopAtTheHeadOfTelemetryRatherThanWaitForEver() {
    assertThat(coordinator.tail(request("ten").setLog(Log.LOG_TELEMETRY).build()).completed())
        .isEmpty();
    assertThat(
            coordinator
                .tail(request("ten").setLog(Log.LOG_TELEMETRY).setLastOperations(10).build())
                .completed())
        .isEmpty();
  }

  private static void collect(Delivery delivery, List<String> texts) {
    delivery
        .getOperationsList()
        .forEach(operation -> texts.add(operation.getPayload().getData().toStringUtf8()));
  }

  private static List<Long> opIds(TailRequest.Builder request) {
    return coordinator.tail(request.build()).completed().stream()
        .flatMap(frame -> frame.getDelivery().getOperationsList().stream())
        .map(operation -> operation.getOpId())
        .toList();
  }

  private static TailRequest.Builder request(String swarm) {
    return TailRequest.newBuilder().setSwarm(swarm).setLog(Log.LOG_MAIN).setStopAtHead(true);
  }
}
