package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static dev.swarmlog.server.contract.Requests.tombstone;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.CompactSwarmRequest;
import dev.swarmlog.v1.Elision;
import dev.swarmlog.v1.Elision.Reason;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.PlanSyncRequest;
import dev.swarmlog.v1.PlanSyncResponse;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncSize;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a sync would send, and what it leaves out and why. */
class PlanSyncTest {

  private static final Position NOTHING = Position.newBuilder().setLog(Log.LOG_MAIN).build();
  private static final Scope EVERYBODY =
      Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(ALL).build();

  private static Coordinator coordinator;

  @BeforeAll
  static void start() throws Exception {
    // Small pages, so that measuring takes several.
    coordinator = Coordinator.inMemory(Coordinator.limits("maxDeliveryBytes", 2_000));
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldSayWhatIsSentAndWhatIsLeftOut() {
    // given a base at which `back` and `gone` are held
    coordinator.publish("elide", keyed("back", "1"), keyed("gone", "1"));
    Position base = head("elide");
    coordinator.publish("elide", keyed("k", "1"));
    coordinator.publish("elide", keyed("k", "2"));
    coordinator.publish("elide", keyed("back", "2"), expired(event("late")), event("e"));
    coordinator.publish("elide", keyed("k", "3"));
    coordinator.publish("elide", keyed("back", "1"), tombstone("gone"));
    coordinator.publish("elide", keyed("brief", "x"), tombstone("brief"));

    // when
    PlanSyncResponse planned = coordinator.planSync(explain(request("elide", base), 1_000));

    // then
    assertThat(planned.getPlan().getPlan()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(planned.getPlan().getMissingOperations()).isEqualTo(10);
    assertThat(counts(planned.getDelta())).containsExactly(1, 2, 1);
    assertThat(counts(planned.getSnapshot())).containsExactly(1, 2, 0);
    assertThat(counts(planned.getReplay())).containsExactly(1, 8, 2);
    assertThat(planned.getSupersededCount()).isEqualTo(4);
    assertThat(planned.getNetZeroCount()).isEqualTo(2);
    assertThat(planned.getExpiredCount()).isEqualTo(1);
    assertThat(planned.getElisionsList())
        .containsExactly(
            elision(Reason.REASON_EXPIRED, "", 6, 1),
            elision(Reason.REASON_SUPERSEDED, "k", 8, 2),
            elision(Reason.REASON_NET_ZERO, "back", 9, 2),
            elision(Reason.REASON_NET_ZERO, "brief", 12, 2));
  }

  @Test
  void shouldMeasureWhatIsThereOfACompactedLog() {
    // given, up to the horizon at 6: an event, a key that lives on, one that is written again, and
    // two versions of one that is deleted behind it
    String swarm = "compacted";
    coordinator.publish(swarm, event("gone"), keyed("a", "1"), keyed("b", "1"), keyed("c", "0"));
    coordinator.publish(swarm, keyed("c", "1"), event("gone too"));
    coordinator.publish(swarm, keyed("b", "2"), keyed("b", "3"), tombstone("c"));
    coordinator.publish(swarm, event("e"), expired(event("late")));
    compact(swarm, 6);

    // when
    SyncRequest fromNothing = request(swarm, NOTHING);
    PlanSyncResponse planned = coordinator.planSync(explain(fromNothing, 1_000));

    // then
    SyncFrames synced = sync(fromNothing);
    assertThat(planned.getPlan()).isEqualTo(synced.plan());
    assertThat(planned.getPlan().getHorizonOpId()).isEqualTo(6);
    assertThat(planned.getDelta()).isEqualTo(synced.size());
    assertThat(counts(planned.getDelta())).containsExactly(1, 2, 0);
    assertThat(counts(planned.getSnapshot())).containsExactly(1, 2, 0);
    assertThat(counts(planned.getReplay())).containsExactly(1, 3, 1);
    assertThat(planned.getElisionsList())
        .containsExactly(
            elision(Reason.REASON_SUPERSEDED, "b", 8, 1),
            elision(Reason.REASON_NET_ZERO, "c", 9, 1),
            elision(Reason.REASON_EXPIRED, "", 11, 1));
    assertThat(planned.getSupersededCount()).isEqualTo(synced.receipt().getSupersededCount());
  }

  @Test
  void shouldMeasureWhatAReaderBelowTheHorizonIsGiven() {
    // given
    String swarm = "too-late";
    Position early = coordinator.publish(swarm, event("1"), keyed("a", "1")).getLast();
    coordinator.publish(swarm, event("2"), keyed("b", "1"));
    coordinator.publish(swarm, event("3"));
    compact(swarm, 4);

    // when
    PlanSyncResponse planned = coordinator.planSync(explain(request(swarm, early), 1_000));

    // then
    assertThat(planned.getPlan().getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(planned.getSnapshot()).isEqualTo(sync(request(swarm, early)).size());
    assertThat(counts(planned.getSnapshot())).containsExactly(1, 2, 0);
    assertThat(planned.hasDelta()).isFalse();
    assertThat(planned.hasReplay()).isFalse();
    assertThat(planned.getElisionsList()).isEmpty();
  }

  @Test
  void shouldNameOnlyTheFirstElisions() {
    // given
    for (String value : List.of("1", "2")) {
      PublishRecord[] records = new PublishRecord[200];
      for (int i = 0; i < records.length; i++) {
        records[i] = keyed("key" + i, value);
      }
      coordinator.publish("first", records);
    }

    // when
    PlanSyncResponse some = coordinator.planSync(explain(request("first", NOTHING), 150));
    PlanSyncResponse none = coordinator.planSync(explain(request("first", NOTHING), 0));

    // then
    assertThat(some.getElisionsList())
        .extracting(Elision::getOpId)
        .containsExactlyElementsOf(LongStream.rangeClosed(201, 350).boxed().toList());
    assertThat(none.getElisionsList()).isEmpty();
    assertThat(none.toBuilder().addAllElisions(some.getElisionsList()).build()).isEqualTo(some);
  }

  @Test
  void shouldCountAtMostAThousandOperationsLeftOut() {
    // given
    PublishRecord[] records = new PublishRecord[600];
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < records.length; i++) {
        records[i] = keyed("k", round + "/" + i);
      }
      coordinator.publish("many", records);
    }

    // when
    PlanSyncResponse planned = coordinator.planSync(explain(request("many", NOTHING), 1));

    // then
    assertThat(planned.getElisionsList())
        .containsExactly(elision(Reason.REASON_SUPERSEDED, "k", 1_200, 1_000));
    assertThat(planned.getSupersededCount()).isEqualTo(1_199);
  }

  @Test
  void shouldPlanASnapshotWhereItIsSmallerAndTheSyncConverges() {
    // given a reader of 300 keys, nearly all of which have been deleted since, in three scopes
    String swarm = "shrunk";
    List<Target> targets = List.of(ALL, Requests.agent("agent"), Requests.role("scout"));
    for (Target target : targets) {
      for (int i = 0; i < 100; i++) {
        coordinator.publish(swarm, keyed(Topic.TOPIC_COMMANDS, target, "key" + i, "v" + i));
      }
    }
    SyncRequest fromNothing = request(swarm, NOTHING).toBuilder().addRoles("scout").build();
    SyncFrames whole = sync(fromNothing);
    coordinator.publish(swarm, event("last words"));
    for (Target target : targets) {
      for (int i = 0; i < 97; i++) {
        PublishRecord dead = keyed(Topic.TOPIC_COMMANDS, target, "key" + i, "");
        coordinator.publish(swarm, dead.toBuilder().setTombstone(true).clearPayload().build());
      }
    }
    SyncRequest request = resumed(fromNothing, whole.receipt().getTarget());

    // when
    PlanSyncResponse planned = coordinator.planSync(explain(request, 0));
    SyncFrames synced = sync(request);

    // then
    assertThat(planned.getPlan()).isEqualTo(synced.plan());
    assertThat(planned.getPlan().getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(planned.getSnapshot()).isEqualTo(synced.size());
    assertThat(counts(planned.getDelta())).containsExactly(1, 291, 291);
    assertThat(counts(planned.getSnapshot())).containsExactly(1, 9, 0);
    assertThat(planned.getSnapshot().getBytes()).isLessThan(planned.getDelta().getBytes());
    assertThat(planned.getReplay()).isEqualTo(planned.getDelta());
    assertThat(synced.snapshots())
        .extracting(SnapshotPage::getScope)
        .containsExactlyElementsOf(synced.plan().getScopesList());
    assertThat(synced.applyTo(whole.applyTo(Map.of())))
        .isEqualTo(sync(fromNothing).applyTo(Map.of()));
  }

  @Test
  void shouldMeasureWhatReplacesAnotherHistory() {
    // given
    coordinator.publish("parted", keyed("a", "1"), event("e"), keyed("b", "1"));
    Position head = head("parted");
    SyncRequest request = request("parted", head.toBuilder().setEpoch(head.getEpoch() + 1).build());

    // when
    PlanSyncResponse planned = coordinator.planSync(explain(request, 10));

    // then what the reader misses is not known
    assertThat(planned.getPlan().getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(planned.getSnapshot()).isEqualTo(sync(request).size());
    assertThat(counts(planned.getSnapshot())).containsExactly(0, 2, 0);
    assertThat(planned.hasDelta()).isFalse();
    assertThat(planned.hasReplay()).isFalse();
    assertThat(planned.getElisionsList()).isEmpty();
  }

  @Test
  void shouldStateARejectionAndMeasureNothing() {
    // given
    coordinator.publish("reject", event("e"));
    Position beyond = head("reject").toBuilder().setOpId(7).build();

    // when
    PlanSyncResponse planned = coordinator.planSync(explain(request("reject", beyond), 10));

    // then
    assertThat(planned.getPlan().getPlan()).isEqualTo(Plan.PLAN_REJECT);
    Failure.of(planned.getPlan().getStatus())
        .is(ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD, "operation 7");
    assertThat(planned.hasDelta()).isFalse();
    assertThat(planned.hasSnapshot()).isFalse();
    assertThat(planned.hasReplay()).isFalse();
  }

  @Test
  void shouldRefuseWhatASyncIsRefusedForAndTooManyElisions() {
    coordinator.publish("refuse", event("e"));
    SyncRequest fine = request("refuse", NOTHING);
    refused(explain(fine, 1_001), "max_elisions", "1001");
    refused(explain(fine, -1), "max_elisions", "4294967295");
    refused(explain(fine.toBuilder().clearAgent().build(), 0), "agent");
    refused(explain(fine.toBuilder().clearView().build(), 0), "view");
    refused(
        explain(request("refuse", Position.newBuilder().setLog(Log.LOG_TELEMETRY).build()), 0),
        "main or control");
    Failure.of(() -> coordinator.planSync(explain(request("no-such-swarm", NOTHING), 0)))
        .is(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND, "no-such-swarm");
  }

  static LongStream seeds() {
    long first = Long.getLong("seed", System.nanoTime());
    return Long.getLong("seed") == null
        ? LongStream.range(first, first + 12)
        : LongStream.of(first);
  }

  /** Replay a failure with {@code -Dseed=…}. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void shouldPlanWhatTheSyncThenSends(long seed) {
    // given
    System.out.println("PlanSyncTest: -Dseed=" + seed);
    Random random = new Random(seed);
    String swarm = "random-" + seed;
    List<Position> positions = new ArrayList<>(List.of(NOTHING));
    int count = 1 + random.nextInt(250);
    int keys = 1 + random.nextInt(120);
    int deletions = random.nextInt(10);
    for (int i = 0; i < count; i++) {
      positions.add(coordinator.publish(swarm, randomRecord(random, keys, deletions)).getLast());
    }
    if (random.nextBoolean()) {
      positions.add(deleteEverything(swarm));
    }

    for (int i = 0; i < 10; i++) {
      // when
      SyncRequest request = randomRequest(random, swarm, positions);
      PlanSyncResponse planned = coordinator.planSync(explain(request, 1_000));
      SyncFrames synced = sync(request);

      // then
      assertThat(planned.getPlan()).isEqualTo(synced.plan());
      boolean snapshot = synced.plan().getPlan() == Plan.PLAN_SNAPSHOT;
      assertThat(snapshot ? planned.getSnapshot() : planned.getDelta()).isEqualTo(synced.size());
      if (planned.hasDelta() && request.getCapabilities() != 0) {
        boolean smaller = planned.getSnapshot().getBytes() < planned.getDelta().getBytes();
        assertThat(snapshot).as("snapshot of %s", planned).isEqualTo(smaller);
      }
      assertThat(planned.getExpiredCount()).isEqualTo(synced.receipt().getExpiredCount());
      if (!snapshot) {
        assertThat(planned.getSupersededCount()).isEqualTo(synced.receipt().getSupersededCount());
        assertThat(planned.getNetZeroCount()).isEqualTo(synced.receipt().getNetZeroCount());
      }
      checkElisions(planned);
      SyncSize replay = planned.getReplay();
      assertThat(replay.getEventsCount() + replay.getKeysCount() + planned.getExpiredCount())
          .isEqualTo(synced.receipt().getExaminedCount());
      assertThat(coordinator.planSync(explain(request, 1_000))).isEqualTo(planned);
    }

    // then on a compacted log
    compact(swarm, random.nextLong(positions.size()));
    for (int i = 0; i < 10; i++) {
      SyncRequest request =
          randomRequest(random, swarm, i == 0 ? positions.subList(0, 1) : positions);
      PlanSyncResponse planned = coordinator.planSync(explain(request, 1_000));
      SyncFrames synced = sync(request);
      assertThat(planned.getPlan()).isEqualTo(synced.plan());
      boolean snapshot = synced.plan().getPlan() == Plan.PLAN_SNAPSHOT;
      assertThat(snapshot ? planned.getSnapshot() : planned.getDelta()).isEqualTo(synced.size());
      assertThat(planned.getElisionsList())
          .allMatch(elision -> elision.getOpId() > synced.plan().getHorizonOpId());
    }
  }

  /** There are few enough to be named all: then they account for everything left out. */
  private static void checkElisions(PlanSyncResponse planned) {
    assertThat(planned.getElisionsList())
        .extracting(Elision::getOpId)
        .isSorted()
        .doesNotHaveDuplicates();
    long leftOut = planned.getElisionsList().stream().mapToLong(Elision::getLeftOutCount).sum();
    assertThat(leftOut)
        .isEqualTo(
            planned.getSupersededCount() + planned.getNetZeroCount() + planned.getExpiredCount());
    assertThat(count(planned, Reason.REASON_NET_ZERO)).isEqualTo(planned.getNetZeroCount());
    assertThat(count(planned, Reason.REASON_EXPIRED)).isEqualTo(planned.getExpiredCount());
  }

  private static long count(PlanSyncResponse planned, Reason reason) {
    return planned.getElisionsList().stream().filter(e -> e.getReason() == reason).count();
  }

  /** Every key of every scope that is live. */
  private static Position deleteEverything(String swarm) {
    SyncRequest request = request(swarm, NOTHING).toBuilder().addRoles("scout").build();
    List<PublishRecord> records = new ArrayList<>();
    for (Operation operation : sync(request).delivered()) {
      if (!operation.getKey().isEmpty()) {
        records.add(
            keyed(operation.getTopic(), operation.getTarget(), operation.getKey(), "").toBuilder()
                .setTombstone(true)
                .clearPayload()
                .build());
      }
    }
    records.add(event("the end"));
    return coordinator.publish(swarm, records.toArray(PublishRecord[]::new)).getLast();
  }

  private static PublishRecord randomRecord(Random random, int keys, int deletions) {
    Target target =
        switch (random.nextInt(3)) {
          case 0 -> Requests.agent("agent");
          case 1 -> Requests.role("scout");
          default -> ALL;
        };
    Topic topic = random.nextBoolean() ? Topic.TOPIC_COMMANDS : Topic.TOPIC_ALERTS;
    String text = "x".repeat(random.nextInt(3) * 20);
    if (random.nextInt(4) == 0) {
      PublishRecord event = event(topic, target, text);
      return random.nextInt(3) == 0 ? expired(event) : event;
    }
    PublishRecord keyed = keyed(topic, target, "key" + random.nextInt(keys), text);
    return random.nextInt(10) < deletions
        ? keyed.toBuilder().setTombstone(true).clearPayload().build()
        : keyed;
  }

  private static SyncRequest randomRequest(Random random, String swarm, List<Position> positions) {
    int base = random.nextInt(positions.size());
    int cursor = base + random.nextInt(positions.size() - base);
    int target = cursor + random.nextInt(positions.size() - cursor);
    LogResume.Builder resume = LogResume.newBuilder().setPosition(positions.get(cursor));
    if (cursor > 0 && random.nextBoolean()) {
      resume.setTriple(
          ResumeTriple.newBuilder()
              .setBaseOpId(positions.get(base).getOpId())
              .setCursorOpId(positions.get(cursor).getOpId())
              .setTargetOpId(positions.get(target).getOpId())
              .setExact(random.nextBoolean()));
    }
    if (cursor > 0 && random.nextInt(3) == 0) {
      resume.addScopes(EVERYBODY);
    }
    return request(swarm, NOTHING).toBuilder().addRoles("scout").setResume(resume).build();
  }

  private static int[] counts(SyncSize size) {
    return new int[] {
      (int) size.getEventsCount(), (int) size.getKeysCount(), (int) size.getTombstonesCount()
    };
  }

  private static Elision elision(Reason reason, String key, long opId, long leftOut) {
    return Elision.newBuilder()
        .setReason(reason)
        .setScope(EVERYBODY)
        .setKey(key)
        .setOpId(opId)
        .setLeftOutCount(leftOut)
        .build();
  }

  /** Its time was over before it was published. */
  private static PublishRecord expired(PublishRecord event) {
    return event.toBuilder().setExpiresAtUnixNano(1).build();
  }

  private static void compact(String swarm, long upToOpId) {
    coordinator
        .administration()
        .compactSwarm(
            CompactSwarmRequest.newBuilder().setSwarm(swarm).setUpToOpId(upToOpId).build());
  }

  private static Position head(String swarm) {
    return coordinator.swarm(swarm).getSwarm().getMainHead();
  }

  private static SyncRequest request(String swarm, Position position) {
    return SyncRequest.newBuilder()
        .setSwarm(swarm)
        .setAgent("agent")
        .setView(Requests.MAIN)
        .setResume(LogResume.newBuilder().setPosition(position))
        .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
        .build();
  }

  private static SyncRequest resumed(SyncRequest request, Position position) {
    return request.toBuilder().setResume(LogResume.newBuilder().setPosition(position)).build();
  }

  private static PlanSyncRequest explain(SyncRequest sync, int maxElisions) {
    return PlanSyncRequest.newBuilder().setSync(sync).setMaxElisions(maxElisions).build();
  }

  private static SyncFrames sync(SyncRequest request) {
    return SyncFrames.of(coordinator.sync(request).completed());
  }

  private static void refused(PlanSyncRequest request, String... parts) {
    Failure.of(() -> coordinator.planSync(request))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, parts);
  }
}
