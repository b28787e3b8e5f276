package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static dev.swarmlog.server.contract.Requests.tombstone;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The delta: every event, and of each key the newest. */
class SyncTest {

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
  void shouldSendEventsAndTheNewestOfEachKeyFromNothing() {
    // given
    fill("from-nothing");

    // when
    Synced synced = sync("from-nothing", Position.newBuilder().setLog(Log.LOG_MAIN).build());

    // then
    assertThat(synced.plan.getPlan()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(synced.texts()).containsExactly("e1", "a2", "e2");
    assertThat(synced.receipt.getTarget())
        .isEqualTo(coordinator.swarm("from-nothing").getSwarm().getMainHead());
    assertThat(synced.receipt.getExaminedCount()).isEqualTo(6);
    assertThat(synced.receipt.getSentCount()).isEqualTo(3);
    assertThat(synced.receipt.getSupersededCount()).isEqualTo(2);
    assertThat(synced.receipt.getNetZeroCount()).isEqualTo(1);
  }

  @Test
  void shouldSendOnlyWhatChangedSinceAPosition() {
    // given
    fill("since");
    Position before = coordinator.swarm("since").getSwarm().getMainHead();
    coordinator.publish("since", keyed("a", "a3"));
    coordinator.publish("since", keyed("a", "a4"), event("e3"));

    // when
    Synced synced = sync("since", before);

    // then
    assertThat(synced.texts()).containsExactly("a4", "e3");
    assertThat(synced.receipt.getExaminedCount()).isEqualTo(3);
    assertThat(synced.receipt.getSupersededCount()).isEqualTo(1);
  }

  @Test
  void shouldSendNothingAtTheHead() {
    fill("current");
    Position head = coordinator.swarm("current").getSwarm().getMainHead();

    Synced synced = sync("current", head);

    assertThat(synced.plan.getPlan()).isEqualTo(Plan.PLAN_CURRENT);
    assertThat(synced.operations).isEmpty();
    assertThat(synced.receipt.getTarget()).isEqualTo(head);
    assertThat(synced.receipt.getExaminedCount()).isZero();
  }

  @Test
  void shouldGiveTheSumsThatAdministrationShows() {
    // given
    fill("sums");

    // when a view that sees every scope there is
    Synced synced = sync("sums", Position.newBuilder().setLog(Log.LOG_MAIN).build());

    // then
    assertThat(synced.receipt.getSumsList()).isNotEmpty();
    assertThat(synced.receipt.getSumsList()).isEqualTo(coordinator.swarm("sums").getSumsList());
    assertThat(synced.receipt.getSums(0).getOpCount()).isEqualTo(6);
    assertThat(synced.receipt.getSums(0).getEventCount()).isEqualTo(2);
  }

  @Test
  void shouldKeepToTheView() {
    // given
    coordinator.publish("view", event("to all"));
    coordinator.publish("view", event(Topic.TOPIC_COMMANDS, Requests.agent("ann"), "to ann"));
    coordinator.publish("view", event(Topic.TOPIC_COMMANDS, Requests.agent("ben"), "to ben"));
    coordinator.publish("view", event(Topic.TOPIC_COMMANDS, Requests.role("writer"), "writers"));
    coordinator.publish("view", event(Topic.TOPIC_ALERTS, ALL, "alert"));

    // when
    Synced synced =
        sync(
            request("view", Position.newBuilder().setLog(Log.LOG_MAIN).build()).toBuilder()
                .setAgent("ann")
                .addRoles("writer")
                .setView(Requests.view(Topic.TOPIC_COMMANDS))
                .build());

    // then
    assertThat(synced.texts()).containsExactly("to all", "to ann", "writers");
    assertThat(synced.receipt.getSumsCount()).isEqualTo(3);
    assertThat(synced.receipt.getExaminedCount()).isEqualTo(3);
  }

  @Test
  void shouldSendALargeDeltaInPagesInOrder() {
    // given
    PublishRecord[] records = new PublishRecord[500];
    String padding = "x".repeat(2_000);
    for (int round = 0; round < 4; round++) {
      for (int i = 0; i < records.length; i++) {
        records[i] = i % 2 == 0 ? keyed("key" + i, padding + round) : event(padding + i);
      }
      coordinator.publish("pages", records);
    }

    // when
    Synced synced = sync("pages", Position.newBuilder().setLog(Log.LOG_MAIN).build());

    // then
    assertThat(synced.pages).isGreaterThan(1);
    assertThat(synced.operations).hasSize(4 * 250 + 250);
    assertThat(synced.operations).extracting(Operation::getOpId).isSorted().doesNotHaveDuplicates();
    assertThat(synced.receipt.getExaminedCount()).isEqualTo(2_000);
    assertThat(synced.receipt.getSupersededCount()).isEqualTo(750);
  }

  @Test
  void shouldSyncAnEmptyLog() {
    coordinator.publish("empty", event("not on control"));

    Synced synced =
        sync(
            request("empty", Position.newBuilder().setLog(Log.LOG_CONTROL).build()).toBuilder()
                .setView(Requests.view(Topic.TOPIC_CONTROL))
                .build());

    assertThat(synced.plan.getPlan()).isEqualTo(Plan.PLAN_CURRENT);
    assertThat(synced.receipt.getTarget().getOpId()).isZero();
    assertThat(synced.receipt.getSumsList()).isEmpty();
  }

  @Test
  void shouldRefuseAnUnknownSwarm() {
    coordinator
        .sync(request("no-such-swarm", Position.newBuilder().setLog(Log.LOG_MAIN).build()))
        .refusal()
        .is(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND, "no-such-swarm");
  }

  @Test
  void shouldPlanARejectionAndEndWithItsStatus() {
    // given
    PublishAck ack = coordinator.publish("reject", event("a"));
    Position beyond = ack.getLast().toBuilder().setOpId(2).build();

    // when
    StreamCall<SyncRequest, SyncResponse> call = coordinator.sync(request("reject", beyond));

    // then
    LogPlan plan = call.next().getPlan();
    assertThat(plan.getPlan()).isEqualTo(Plan.PLAN_REJECT);
    Failure.of(plan.getStatus()).is(ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD, "operation 2");
    call.refusal().is(ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD, "operation 2");
  }

  @Test
  void shouldRefuseRequestsThatAreNotWhole() {
    SyncRequest fine = request("x", Position.newBuilder().setLog(Log.LOG_MAIN).build());
    refused(fine.toBuilder().clearSwarm().build(), "swarm");
    refused(fine.toBuilder().clearAgent().build(), "agent");
    refused(fine.toBuilder().clearView().build(), "view");
    refused(fine.toBuilder().clearResume().build(), "main or control");
    refused(
        request("x", Position.newBuilder().setLog(Log.LOG_TELEMETRY).build()), "main or control");
    refused(
        request(
            "x",
            Position.newBuilder()
                .setLog(Log.LOG_MAIN)
                .setIncarnation(1)
                .setEpoch(1)
                .setOpId(1)
                .setRunningHash(ByteString.copyFrom(new byte[3]))
                .build()),
        "16 bytes");
  }

  private static void refused(SyncRequest request, String part) {
    coordinator.sync(request).refusal().is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, part);
  }

  /** Operations 1 to 6: e1, a1, b1, a2, e2, and b deleted. */
  private static void fill(String swarm) {
    coordinator.publish(swarm, event("e1"));
    coordinator.publish(swarm, keyed("a", "a1"), keyed("b", "b1"));
    coordinator.publish(swarm, keyed("a", "a2"), event("e2"), tombstone("b"));
  }

  private static SyncRequest request(String swarm, Position position) {
    return SyncRequest.newBuilder()
        .setSwarm(swarm)
        .setAgent("agent")
        .setView(Requests.MAIN)
        .setResume(LogResume.newBuilder().setPosition(position))
        .build();
  }

  private static Synced sync(String swarm, Position position) {
    return sync(request(swarm, position));
  }

  private static Synced sync(SyncRequest request) {
    List<SyncResponse> frames = coordinator.sync(request).completed();
    assertThat(frames.get(0).hasPlan()).isTrue();
    assertThat(frames.get(frames.size() - 1).hasReceipt()).isTrue();
    List<Operation> operations = new ArrayList<>();
    List<SyncResponse> pages = frames.subList(1, frames.size() - 1);
    pages.forEach(page -> operations.addAll(page.getPage().getOperationsList()));
    SyncReceipt receipt = frames.get(frames.size() - 1).getReceipt();
    assertThat(receipt.getExaminedCount())
        .isEqualTo(
            receipt.getSentCount()
                + receipt.getSupersededCount()
                + receipt.getNetZeroCount()
                + receipt.getExpiredCount());
    assertThat(receipt.getSentCount()).isEqualTo(operations.size());
    return new Synced(frames.get(0).getPlan(), pages.size(), operations, receipt);
  }

  private record Synced(LogPlan plan, int pages, List<Operation> operations, SyncReceipt receipt) {
    List<String> texts() {
      return operations.stream().map(op -> op.getPayload().getData().toStringUtf8()).toList();
    }
  }
}
