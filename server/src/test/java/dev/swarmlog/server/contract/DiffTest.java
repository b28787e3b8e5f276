package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static dev.swarmlog.server.contract.Requests.tombstone;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Change;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.DiffResponse;
import dev.swarmlog.v1.DiffSummary;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SyncServiceGrpc;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How state and events changed between two operations. */
class DiffTest {

  private static Coordinator coordinator;

  @BeforeAll
  static void start() throws Exception {
    coordinator = Coordinator.inMemory(Coordinator.limits("maxDeliveryBytes", 2_000));
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldShowEventsAndOneChangePerKey() {
    // given
    coordinator.publish("small", keyed("a", "a1"), keyed("b", "b1"), keyed("same", "s"));
    Position from = head("small");
    coordinator.publish("small", keyed("a", "a2"), event("e1"));
    coordinator.publish("small", keyed("a", "a3"), tombstone("b"), keyed("c", "c1"));
    coordinator.publish("small", keyed("same", "t"), keyed("same", "s"));
    coordinator.publish("small", event("late").toBuilder().setExpiresAtUnixNano(1).build());
    Position to = head("small");
    List<ScopeSums> sums = coordinator.swarm("small").getSumsList();
    coordinator.publish("small", keyed("a", "later"), keyed("c", "later"), event("later"));

    // when
    Diffed diffed = diff(request("small", 3, to.getOpId()));

    // then
    assertThat(diffed.texts())
        .containsExactly("! e1", "~ a: a1 -> a3", "- b: b1", "+ c: c1", "! late");
    assertThat(diffed.summary)
        .isEqualTo(
            DiffSummary.newBuilder()
                .setFrom(from)
                .setTo(to)
                .setEventsCount(2)
                .setCreatedCount(1)
                .setChangedCount(1)
                .setDeletedCount(1)
                .setNetZeroCount(1)
                .addAllSums(sums)
                .build());
  }

  @Test
  void shouldShowAKeyThatCameBackAsCreated() {
    // given
    coordinator.publish("again", keyed("k", "1"), tombstone("k"));
    coordinator.publish("again", keyed("k", "2"));

    // when
    Diffed diffed = diff(request("again", 2, 0));

    // then
    assertThat(diffed.texts()).containsExactly("+ k: 2");
    assertThat(diffed.changes.get(0).hasBefore()).isFalse();
  }

  @Test
  void shouldLeaveEventsOutWhereTheyAreNotWanted() {
    // given
    coordinator.publish("keys", keyed("a", "a1"), event("e1"), keyed("b", "b1"));
    coordinator.publish("keys", event("e2"), tombstone("b"), keyed("a", "a2"));

    // when
    Diffed state = diff(request("keys", 0, 0).toBuilder().setWithoutEvents(true).build());
    Diffed since = diff(request("keys", 3, 0).toBuilder().setWithoutEvents(true).build());

    // then
    assertThat(state.texts()).containsExactly("+ a: a2");
    assertThat(state.summary.getEventsCount()).isZero();
    assertThat(state.summary.getSumsList()).isEqualTo(coordinator.swarm("keys").getSumsList());
    assertThat(since.texts()).containsExactly("- b: b1", "~ a: a1 -> a2");
  }

  @Test
  void shouldGoToTheHeadUnlessToldOtherwise() {
    coordinator.publish("head", event("1"), event("2"));

    assertThat(diff(request("head", 1, 0)).texts()).containsExactly("! 2");
    assertThat(diff(request("head", 0, 1)).texts()).containsExactly("! 1");
    Diffed empty = diff(request("head", 2, 0));
    assertThat(empty.changes).isEmpty();
    assertThat(empty.summary)
        .isEqualTo(
            DiffSummary.newBuilder()
                .setFrom(head("head"))
                .setTo(head("head"))
                .addAllSums(coordinator.swarm("head").getSumsList())
                .build());
  }

  @Test
  void shouldKeepToTheView() {
    // given
    coordinator.publish("view", event(Topic.TOPIC_COMMANDS, Requests.agent("ann"), "ann"));
    coordinator.publish("view", event(Topic.TOPIC_COMMANDS, Requests.agent("ben"), "ben"));
    coordinator.publish("view", event(Topic.TOPIC_COMMANDS, Requests.role("scout"), "scouts"));
    coordinator.publish("view", event(Topic.TOPIC_ALERTS, Requests.ALL, "alert"));

    // when
    DiffRequest ann =
        request("view", 0, 0).toBuilder()
            .setAgent("ann")
            .addRoles("scout")
            .setView(Requests.view(Topic.TOPIC_COMMANDS))
            .build();

    // then
    assertThat(diff(ann).texts()).containsExactly("! ann", "! scouts");
    assertThat(diff(ann).summary.getSumsList())
        .extracting(sums -> sums.getScope().getTarget())
        .containsExactly(Requests.agent("ann"), Requests.role("scout"));
  }

  @Test
  void shouldSendNoMoreThanIsRead() {
    // given far more than fits into a window
    PublishRecord[] records = new PublishRecord[100];
    String padding = "x".repeat(2_000);
    for (int round = 0; round < 60; round++) {
      for (int i = 0; i < records.length; i++) {
        records[i] = keyed(round + "/" + i, padding);
      }
      coordinator.publish("unread", records);
    }
    StreamCall<DiffRequest, DiffResponse> call =
        StreamCall.openUnread(coordinator.channel(), SyncServiceGrpc.getDiffMethod());
    call.send(request("unread", 0, 0));
    call.halfClose();

    // when nothing is read, the coordinator goes on with others
    assertThat(diff(request("unread", 5_999, 0)).changes).hasSize(1);

    // then all of it comes once it is
    call.request(Integer.MAX_VALUE);
    Diffed diffed = Diffed.of(call.completed());
    assertThat(diffed.summary.getCreatedCount()).isEqualTo(6_000);
    assertThat(diffed.changes).hasSize(6_000);
  }

  @Test
  void shouldRefuseAnIntervalThatIsNotThere() {
    coordinator.publish("refuse", event("1"), event("2"));
    refused(request("refuse", 2, 1), "from_op_id to be at most to_op_id", "2 and 1");
    refused(request("refuse", 0, 3), "to_op_id", "operation 2", "got 3");
    refused(request("refuse", 3, 0), "from_op_id", "operation 2", "got 3");
    refused(request("refuse", -1, 0), "18446744073709551615");
    refused(request("refuse", 0, -1), "18446744073709551615");
  }

  @Test
  void shouldRefuseRequestsThatAreNotWhole() {
    DiffRequest fine = request("refuse", 0, 0);
    refused(fine.toBuilder().clearSwarm().build(), "swarm");
    refused(fine.toBuilder().clearAgent().build(), "agent");
    refused(fine.toBuilder().clearView().build(), "view");
    refused(fine.toBuilder().addRoles("").build(), "role");
    refused(fine.toBuilder().clearLog().build(), "main or control");
    refused(fine.toBuilder().setLog(Log.LOG_TELEMETRY).build(), "got telemetry");
    coordinator
        .diff(request("no-such-swarm", 0, 0))
        .refusal()
        .is(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND, "no-such-swarm");
  }

  static LongStream seeds() {
    long first = Long.getLong("seed", System.nanoTime());
    return Long.getLong("seed") == null
        ? LongStream.range(first, first + 10)
        : LongStream.of(first);
  }

  /** Replay a failure with {@code -Dseed=…}. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void shouldTellTwoStatesApart(long seed) {
    // given the state after each operation
    System.out.println("DiffTest: -Dseed=" + seed);
    Random random = new Random(seed);
    String swarm = "random-" + seed;
    List<Map<String, String>> states = new ArrayList<>(List.of(Map.of()));
    int count = 1 + random.nextInt(120);
    for (int i = 1; i <= count; i++) {
      Map<String, String> next = new TreeMap<>(states.get(i - 1));
      String key = "key" + random.nextInt(8);
      String value = "v" + random.nextInt(3);
      if (random.nextInt(3) == 0) {
        coordinator.publish(swarm, tombstone(key));
        next.remove(key);
      } else {
        coordinator.publish(swarm, keyed(key, value));
        next.put(key, value);
      }
      states.add(next);
    }

    for (int i = 0; i < 20; i++) {
      // when
      int from = random.nextInt(count + 1);
      int to = Math.max(1, from + random.nextInt(count + 1 - from));
      Diffed diffed = diff(request(swarm, from, to));

      // then
      Map<String, String> state = new TreeMap<>(states.get(from));
      for (Change change : diffed.changes) {
        String key = change.getAfter().getKey();
        String before = change.hasBefore() ? text(change.getBefore()) : null;
        assertThat(state.get(key)).isEqualTo(before);
        String after = change.getAfter().getTombstone() ? null : text(change.getAfter());
        assertThat(after).as("a change of %s", key).isNotEqualTo(before);
        if (after == null) {
          state.remove(key);
        } else {
          state.put(key, after);
        }
      }
      assertThat(state).isEqualTo(states.get(to));
      assertThat(diffed.changes)
          .extracting(change -> change.getAfter().getKey())
          .doesNotHaveDuplicates();
      DiffSummary summary = diffed.summary;
      assertThat(summary.getCreatedCount() + summary.getChangedCount() + summary.getDeletedCount())
          .isEqualTo(diffed.changes.size());
    }
  }

  private static Position head(String swarm) {
    return coordinator.swarm(swarm).getSwarm().getMainHead();
  }

  private static DiffRequest request(String swarm, long from, long to) {
    return DiffRequest.newBuilder()
        .setSwarm(swarm)
        .setAgent("agent")
        .setView(Requests.MAIN)
        .setLog(Log.LOG_MAIN)
        .setFromOpId(from)
        .setToOpId(to)
        .build();
  }

  private static Diffed diff(DiffRequest request) {
    return Diffed.of(coordinator.diff(request).completed());
  }

  private static void refused(DiffRequest request, String... parts) {
    coordinator.diff(request).refusal().is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, parts);
  }

  private static String text(Operation operation) {
    return operation.getPayload().getData().toStringUtf8();
  }

  private record Diffed(List<Change> changes, DiffSummary summary) {

    static Diffed of(List<DiffResponse> frames) {
      DiffResponse last = frames.get(frames.size() - 1);
      assertThat(last.hasSummary()).isTrue();
      List<Change> changes = new ArrayList<>();
      for (DiffResponse frame : frames.subList(0, frames.size() - 1)) {
        assertThat(frame.getPage().getChangesCount()).isPositive();
        assertThat(frame.getSerializedSize()).isLessThan(8_000);
        changes.addAll(frame.getPage().getChangesList());
      }
      assertThat(changes).extracting(change -> change.getAfter().getOpId()).isSorted();
      return new Diffed(changes, last.getSummary());
    }

    List<String> texts() {
      return changes.stream().map(Diffed::text).toList();
    }

    private static String text(Change change) {
      Operation after = change.getAfter();
      if (after.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
        return "! " + DiffTest.text(after);
      }
      String before = DiffTest.text(change.getBefore());
      if (after.getTombstone()) {
        return "- " + after.getKey() + ": " + before;
      }
      return change.hasBefore()
          ? "~ " + after.getKey() + ": " + before + " -> " + DiffTest.text(after)
          : "+ " + after.getKey() + ": " + DiffTest.text(after);
    }
  }
}
