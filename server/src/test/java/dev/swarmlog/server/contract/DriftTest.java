package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static dev.swarmlog.server.contract.Requests.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.server.path.drift.ModelState;
import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.AgentDifference;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.CompactSwarmRequest;
import dev.swarmlog.v1.CompareAgentsRequest;
import dev.swarmlog.v1.CompareAgentsResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftServiceGrpc;
import dev.swarmlog.v1.DriftServiceGrpc.DriftServiceBlockingStub;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.ListDriftRequest;
import dev.swarmlog.v1.ListDriftResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.ReleaseAgentRequest;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** How an agent is compared with the log and mended, frame by frame. */
class DriftTest {

  private static final long BOTH =
      Capability.CAPABILITY_SYNC_VALUE | Capability.CAPABILITY_DRIFT_VALUE;
  private static final Scope COMMANDS =
      Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(Requests.ALL).build();

  private static final ByteString ZERO = ByteString.copyFrom(new byte[16]);

  private static Coordinator coordinator;

  private String swarm = "";
  private final ModelState state = new ModelState(COMMANDS);

  @BeforeAll
  static void start() throws Exception {
    coordinator = Coordinator.inMemory(s -> s, "drift-stop-after", "2");
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @BeforeEach
  void nameSwarm(TestInfo test) {
    swarm = test.getTestMethod().orElseThrow().getName();
  }

  @Test
  void shouldMendTheKeyThatDiffersAndSaySo() {
    // given
    publishKeys(300);
    TestLane lane = caughtUp("ant");
    state.keys.put("key-123", ByteString.copyFrom(new byte[16]));

    // when
    acknowledge(lane);
    List<DigestQuery> queries = new ArrayList<>();
    DataResponse frame = lane.next();
    while (!frame.hasRepair()) {
      if (frame.hasDigestQuery()) {
        queries.add(frame.getDigestQuery());
        answer(lane, frame.getDigestQuery());
      } else {
        assertThat(frame.hasDelivery()).as("%s", frame).isTrue();
      }
      frame = lane.next();
    }
    Repair repair = frame.getRepair();
    state.apply(repair);
    lane.call()
        .send(
            DataRequest.newBuilder()
                .setAck(
                    Ack.newBuilder()
                        .setApplied(lane.position())
                        .addSums(sums(COMMANDS, state.digest()))
                        .setLastRepairId(repair.getRepairId()))
                .build());

    // then
    assertThat(queries).hasSize(2);
    assertThat(repair.getPagesList()).hasSize(1);
    assertThat(repair.getPages(0).getOperationsList())
        .extracting(Operation::getKey)
        .containsExactly("key-123");
    assertThat(repair.getPages(0).getPosition().getOpId()).isEqualTo(lane.position().getOpId());
    List<DriftReport> published = new ArrayList<>();
    while (published.size() < 2) {
      published = published(lane);
      if (published.size() < 2) {
        lane.next();
      }
    }
    assertThat(published)
        .extracting(DriftReport::getHealing)
        .containsExactly(Healing.HEALING_STARTED, Healing.HEALING_REPAIRED);
    DriftReport healed = published.get(1);
    assertThat(healed.getAgent()).isEqualTo("ant");
    assertThat(healed.getScope()).isEqualTo(COMMANDS);
    assertThat(healed.getKeysList()).containsExactly("key-123");
    assertThat(healed.getHealedOpId()).isGreaterThanOrEqualTo(300);
    assertThat(list().getReportsList()).containsExactly(healed);
  }

  @Test
  void shouldSendWhatDiffersToAnAgentBelowTheHorizon() {
    // given
    publishKeys(300);
    TestLane before = caughtUp("ant");
    Position stood = before.position();
    coordinator.publish(swarm, keyed("key-7", "newer"), event("lost"));
    coordinator.publish(swarm, tombstone("key-123"));
    Position horizon = coordinator.publish(swarm, keyed("key-301", "added")).getLast();
    coordinator.publish(swarm, event("not lost"));
    coordinator
        .administration()
        .compactSwarm(
            CompactSwarmRequest.newBuilder()
                .setSwarm(swarm)
                .setUpToOpId(horizon.getOpId())
                .build());

    // when
    ScopeSums held = sums(COMMANDS, state.digest()).toBuilder().setEventHash(ZERO).build();
    TestAgent session =
        TestAgent.connect(
            coordinator,
            hello("ant")
                .addResume(
                    LogResume.newBuilder().setPosition(stood).addSums(held).addScopes(COMMANDS)));
    LogPlan plan = session.welcome().getPlans(0);
    TestLane lane = session.attach(Log.LOG_MAIN);
    Set<Long> events = new TreeSet<>();
    Set<String> keys = new TreeSet<>();
    SyncReceipt receipt = SyncReceipt.getDefaultInstance();
    for (DataResponse frame : comparedSync(lane, plan.getTarget())) {
      frame.getSnapshot().getOperationsList().forEach(key -> keys.add(key.getKey()));
      frame.getDelivery().getOperationsList().forEach(event -> events.add(event.getOpId()));
      receipt = frame.hasReceipt() ? frame.getReceipt() : receipt;
    }

    // then
    assertThat(plan.getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.getCompares()).isTrue();
    assertThat(plan.getLost(0).getCount()).isEqualTo(1);
    assertThat(events).containsExactly(horizon.getOpId() + 1);
    assertThat(keys).containsExactly("key-301", "key-7");
    assertThat(state.keys).doesNotContainKey("key-123");
    assertThat(state.keys).hasSize(300);
    assertThat(receipt.getSumsList())
        .filteredOn(sums -> sums.getScope().equals(COMMANDS))
        .extracting(ScopeSums::getStateDigest)
        .containsExactly(state.digest());
    assertThat(receipt.getSnapshotCount()).isEqualTo(2);
    assertThat(list().getReportsList()).isEmpty();
  }

  @Test
  void shouldReportWhatDifferedBeforeTheAgentConnected() {
    // given
    publishKeys(300);
    Position stood = caughtUp("ant").position();
    state.keys.put("key-123", ByteString.copyFrom(new byte[16]));
    state.keys.remove("key-7");

    // when
    TestAgent session =
        TestAgent.connect(coordinator, hello("ant").addResume(resume(stood, state.digest())));
    TestLane lane = session.attach(Log.LOG_MAIN);
    comparedSync(lane, session.welcome().getPlans(0).getTarget());
    acknowledge(lane);

    // then
    List<DriftReport> published = published(lane);
    while (published.size() < 2) {
      lane.next();
      published = published(lane);
    }
    assertThat(published)
        .extracting(DriftReport::getHealing)
        .containsExactly(Healing.HEALING_STARTED, Healing.HEALING_REPAIRED);
    DriftReport healed = published.get(1);
    assertThat(healed.getKeysList()).containsExactly("key-123", "key-7");
    assertThat(healed.getDifferingKeysCount()).isEqualTo(2);
    assertThat(healed.getFoundOpId()).isEqualTo(stood.getOpId());
    assertThat(healed.getMessagesCount()).isGreaterThan(4);
    assertThat(list().getReportsList()).containsExactly(healed);
  }

  @Test
  void shouldRaiseNoMoreThanItSearchesAndSayWhomItDoesNotLookAt() throws Exception {
    try (Coordinator strict = Coordinator.inMemory(s -> s, "drift-searches", "2")) {
      // given
      strict.publish(swarm, keyed("key", "value"));
      Position stood = TestAgent.connect(strict, hello("ant")).attach(Log.LOG_MAIN).caughtUp();
      LogResume wrong = resume(stood, ByteString.copyFromUtf8("0123456789abcdef"));

      // when it connects again and again
      for (int i = 0; i < 5; i++) {
        TestLane lane =
            TestAgent.connect(strict, hello("ant").addResume(wrong)).attach(Log.LOG_MAIN);
        comparedSync(lane, null);
      }

      // then
      ListDriftResponse list =
          DriftServiceGrpc.newBlockingStub(strict.channel())
              .listDrift(ListDriftRequest.newBuilder().setSwarm(swarm).build());
      assertThat(list.getReportsList()).hasSize(2);
      assertThat(list.getUnwatchedAgentsList()).containsExactly("ant");
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          strict.everything(swarm, Log.LOG_MAIN).stream()
                              .filter(operation -> operation.getPublisher().isEmpty())
                              .map(Operation::getTopic))
                      .containsExactlyInAnyOrder(
                          Topic.TOPIC_ALERTS,
                          Topic.TOPIC_ALERTS,
                          Topic.TOPIC_RECONCILIATION,
                          Topic.TOPIC_RECONCILIATION));
    }
  }

  @Test
  void shouldRaiseNothingWhereItDoesNotLook() throws Exception {
    try (Coordinator blind = Coordinator.inMemory(s -> s, "drift-check-interval", "0s")) {
      blind.publish(swarm, keyed("key", "value"));
      Position stood = TestAgent.connect(blind, hello("ant")).attach(Log.LOG_MAIN).caughtUp();
      LogResume wrong = resume(stood, ByteString.copyFromUtf8("0123456789abcdef"));

      TestLane lane = TestAgent.connect(blind, hello("ant").addResume(wrong)).attach(Log.LOG_MAIN);
      comparedSync(lane, null);

      assertThat(state.keys).containsOnlyKeys("key");
      assertThat(
              DriftServiceGrpc.newBlockingStub(blind.channel())
                  .listDrift(ListDriftRequest.newBuilder().setSwarm(swarm).build())
                  .getReportsList())
          .isEmpty();
    }
  }

  /** Sums within a sync mean nothing. */
  @Test
  void shouldNotLookAtSumsWithinASync() {
    publishKeys(5);
    TestLane lane = TestAgent.connect(coordinator, hello("ant")).attach(Log.LOG_MAIN);
    Position beginning = lane.position();

    lane.call()
        .send(
            DataRequest.newBuilder()
                .setAck(
                    Ack.newBuilder()
                        .setApplied(beginning)
                        .addSums(sums(COMMANDS, ByteString.copyFromUtf8("0123456789abcdef"))))
                .build());
    lane.caughtUp();

    assertThat(lane.nextWithin(100)).isNull();
    assertThat(list().getReportsList()).isEmpty();
  }

  /**
   * Does what is asked until CaughtUp, and answers what came of {@code COMMANDS}.
   *
   * @param target where it is asked; null for anywhere
   */
  private List<DataResponse> comparedSync(TestLane lane, @Nullable Position target) {
    List<DataResponse> came = new ArrayList<>();
    for (DataResponse frame = lane.next(); !frame.hasCaughtUp(); frame = lane.next()) {
      if (frame.hasDigestQuery()) {
        assertThat(target == null || target.equals(lane.position())).isTrue();
        answer(lane, frame.getDigestQuery());
      } else if (!frame.hasSnapshot() || frame.getSnapshot().getScope().equals(COMMANDS)) {
        came.add(frame);
      }
      if (frame.hasSnapshot() && frame.getSnapshot().getScope().equals(COMMANDS)) {
        state.apply(Repair.newBuilder().addPages(frame.getSnapshot()).build());
      }
    }
    return came;
  }

  @Test
  void shouldNotFeedAnAgentThatDriftedTooOftenUntilItIsReleased() {
    // given an agent that differs in two scopes at once
    publishKeys(3);
    coordinator.publish(swarm, keyed(Topic.TOPIC_ALERTS, Requests.ALL, "a", "1"));
    TestLane lane = caughtUp("ant");
    Scope alerts = COMMANDS.toBuilder().setTopic(Topic.TOPIC_ALERTS).build();
    ByteString wrong = ByteString.copyFromUtf8("0123456789abcdef");

    // when
    acknowledge(lane, sums(COMMANDS, wrong), sums(alerts, wrong));

    // then
    lane.call().refusal().is(ErrorReason.ERROR_REASON_DRIFTED, "ant");
    assertThat(list().getStoppedAgentsList()).containsExactly("ant");
    TestAgent.refused(coordinator, hello("ant")).is(ErrorReason.ERROR_REASON_DRIFTED, "too often");

    // when
    ReleaseAgentRequest release =
        ReleaseAgentRequest.newBuilder().setSwarm(swarm).setAgent("ant").build();
    drift().releaseAgent(release);

    // then
    assertThat(list().getStoppedAgentsList()).isEmpty();
    TestAgent.connect(coordinator, hello("ant"));
    Failure.of(() -> drift().releaseAgent(release))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "'ant'");
  }

  @Test
  void shouldListWhatAnAgentHoldsThatIsNotInTheLog() {
    // given
    publishKeys(100);
    TestLane lane = caughtUp("ant");
    state.keys.remove("key-7");
    state.keys.put("key-8", ByteString.copyFrom(new byte[16]));
    state.keys.put("nowhere", ByteString.copyFrom(new byte[16]));

    // when
    CompletableFuture<CompareAgentsResponse> answer =
        CompletableFuture.supplyAsync(() -> drift().compareAgents(compare("ant")));
    while (!answer.isDone()) {
      DataResponse frame = lane.nextWithin(20);
      if (frame != null && frame.hasDigestQuery()) {
        answer(lane, frame.getDigestQuery());
      }
    }

    // then
    CompareAgentsResponse compared = answer.join();
    assertThat(compared.getDifferencesList())
        .extracting(AgentDifference::getKey, AgentDifference::getHeld)
        .containsExactly(tuple("key-7", false), tuple("key-8", true), tuple("nowhere", true));
    assertThat(compared.getDifferences(0).getExpected().getOpId()).isEqualTo(8);
    assertThat(compared.getDifferences(2).hasExpected()).isFalse();
    assertThat(compared.getPositionsList()).containsExactly(lane.position());
    assertThat(list().getReportsList()).isEmpty();
  }

  @Test
  void shouldCompareConnectedAgentsOnly() {
    publishKeys(1);
    TestAgent.connect(coordinator, hello("deaf").setCapabilities(0));

    Failure.of(() -> drift().compareAgents(compare("gone")))
        .is(ErrorReason.ERROR_REASON_AGENT_NOT_CONNECTED, "'gone' to be connected");
    Failure.of(() -> drift().compareAgents(compare("deaf")))
        .is(ErrorReason.ERROR_REASON_AGENT_NOT_CONNECTED, "'deaf' to report digests");
    Failure.of(() -> drift().compareAgents(compare()))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "one or two agents");
    Failure.of(() -> drift().compareAgents(compare("a").toBuilder().clearLog().build()))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "main or control");
    Failure.of(() -> drift().listDrift(ListDriftRequest.newBuilder().setSwarm("none").build()))
        .is(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND, "'none'");
  }

  @Test
  void shouldTakeNoReportsOfAnAgentThatDidNotOfferThem() {
    publishKeys(1);

    TestLane lane =
        TestAgent.connect(
                coordinator, hello("ant").setCapabilities(Capability.CAPABILITY_SYNC_VALUE))
            .attach(Log.LOG_MAIN);
    lane.caughtUp();
    lane.call().send(report(1));

    lane.call().refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "CAPABILITY_DRIFT");
  }

  @Test
  void shouldTakeNoReportThatWasNotAskedFor() {
    publishKeys(1);
    TestLane lane = caughtUp("ant");

    lane.call().send(report(1));

    lane.call().refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "query 1");
  }

  @Test
  void shouldTakeSumsOfEachScopeOnceOnlyAndInWholeDigests() {
    publishKeys(1);
    ByteString wrong = ByteString.copyFromUtf8("0123456789abcdef");

    TestLane twice = caughtUp("twice");
    acknowledge(twice, sums(COMMANDS, wrong), sums(COMMANDS, wrong));
    TestLane cut = caughtUp("cut");
    acknowledge(cut, sums(COMMANDS, ByteString.copyFromUtf8("abc")));

    twice.call().refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "once per scope");
    cut.call().refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "got 3 and 0 bytes");
    assertThat(list().getReportsList()).isEmpty();
  }

  @Test
  void shouldWantSyncWithDrift() {
    publishKeys(1);

    long unknown = 1L << 40;
    for (long others : new long[] {0, unknown}) {
      TestAgent.refused(
              coordinator, hello("ant").setCapabilities(Capability.CAPABILITY_DRIFT_VALUE | others))
          .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "CAPABILITY_SYNC");
    }
  }

  @Test
  void shouldTakeNoReportBeforeAttach() {
    StreamCall<DataRequest, DataResponse> call = coordinator.data();

    call.send(report(1));

    call.refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "DigestReport");
  }

  @Test
  void shouldPassOverSumsOfScopesThatTheAgentDoesNotSee() {
    publishKeys(1);
    TestAgent agent = TestAgent.connect(coordinator, hello("ant"));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.caughtUp();
    Scope control = COMMANDS.toBuilder().setTopic(Topic.TOPIC_CONTROL).build();

    acknowledge(lane, sums(control, ByteString.copyFrom(new byte[16])));

    Failure.of(lane.next().getNotice())
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "scopes of the plan", "1 others");
    assertThat(list().getReportsList()).isEmpty();
  }

  @Test
  void shouldPassOverSumsAtAPositionThatIsNotInTheLog() {
    publishKeys(1);
    TestLane lane = caughtUp("ant");
    Position forged =
        lane.position().toBuilder().setRunningHash(ByteString.copyFrom(new byte[16])).build();

    lane.call()
        .send(
            DataRequest.newBuilder()
                .setAck(
                    Ack.newBuilder()
                        .setApplied(forged)
                        .addSums(sums(COMMANDS, ByteString.copyFrom(new byte[16]))))
                .build());

    Failure.of(lane.next().getNotice())
        .is(ErrorReason.ERROR_REASON_EPOCH_MISMATCH, "running hash at operation 1");
    assertThat(list().getReportsList()).isEmpty();
  }

  @Test
  void shouldPassOverAcksBeyondTheHead() {
    publishKeys(1);
    TestLane lane = caughtUp("ant");
    ScopeSums wrong = sums(COMMANDS, ByteString.copyFromUtf8("0123456789abcdef"));

    for (long opId : List.of(2L, -1L)) {
      lane.call()
          .send(
              DataRequest.newBuilder()
                  .setAck(
                      Ack.newBuilder()
                          .setApplied(lane.position().toBuilder().setOpId(opId))
                          .addSums(wrong))
                  .build());

      Failure.of(lane.next().getNotice())
          .is(ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD, Long.toUnsignedString(opId));
    }

    assertThat(coordinator.agents(swarm).get(0).getLanes(0).getAckedOpId()).isZero();
    assertThat(list().getReportsList()).isEmpty();
  }

  @Test
  void shouldTellWhoDoesNotKnowItsKeysFromWhoHoldsNone() {
    // given
    publishKeys(3);
    TestLane unknowing = caughtUp("unknowing");
    TestLane empty = caughtUp("empty");
    state.keys.clear();

    // when
    CompletableFuture<CompareAgentsResponse> answer =
        CompletableFuture.supplyAsync(() -> drift().compareAgents(compare("unknowing", "empty")));
    while (!answer.isDone()) {
      DataResponse frame = unknowing.nextWithin(20);
      if (frame != null && frame.hasDigestQuery()) {
        send(unknowing, answerTo(unknowing, frame.getDigestQuery()).setUnknown(true));
      }
      frame = empty.nextWithin(20);
      if (frame != null && frame.hasDigestQuery()) {
        answer(empty, frame.getDigestQuery());
      }
    }

    // then
    assertThat(answer.join().getUnknownAgentsList()).containsExactly("unknowing");
    assertThat(answer.join().getPositionsList()).hasSize(2);
    assertThat(answer.join().getDifferencesList())
        .hasSize(3)
        .allMatch(difference -> difference.getAgent().equals("empty"));
  }

  private void publishKeys(int count) {
    PublishRecord[] records = new PublishRecord[count];
    for (int i = 0; i < count; i++) {
      records[i] = keyed("key-" + i, "value " + i);
    }
    coordinator.publish(swarm, records);
  }

  private Hello.Builder hello(String agent) {
    return TestAgent.hello(swarm, agent).setCapabilities(BOTH);
  }

  private TestLane caughtUp(String agent) {
    TestAgent session = TestAgent.connect(coordinator, hello(agent));
    assertThat(session.welcome().getLimits().getDriftCheckIntervalMs()).isEqualTo(10_000);
    TestLane lane = session.attach(Log.LOG_MAIN);
    lane.caughtUp();
    lane.operations().stream()
        .filter(operation -> operation.getTopic() == Topic.TOPIC_COMMANDS)
        .forEach(state::apply);
    return lane;
  }

  private void acknowledge(TestLane lane) {
    acknowledge(lane, sums(COMMANDS, state.digest()));
  }

  private static void acknowledge(TestLane lane, ScopeSums... sums) {
    lane.call()
        .send(
            DataRequest.newBuilder()
                .setAck(Ack.newBuilder().setApplied(lane.position()).addAllSums(List.of(sums)))
                .build());
  }

  /** Of an agent that holds commands. */
  private static LogResume resume(Position stood, ByteString stateDigest) {
    return LogResume.newBuilder()
        .setPosition(stood)
        .addSums(sums(COMMANDS, stateDigest))
        .addScopes(COMMANDS)
        .build();
  }

  private static ScopeSums sums(Scope scope, ByteString stateDigest) {
    return ScopeSums.newBuilder().setScope(scope).setStateDigest(stateDigest).build();
  }

  private void answer(TestLane lane, DigestQuery query) {
    send(lane, answerTo(lane, query));
  }

  private DigestReport.Builder answerTo(TestLane lane, DigestQuery query) {
    ModelState held = query.getScope().equals(COMMANDS) ? state : new ModelState(query.getScope());
    return DigestReport.newBuilder()
        .setQueryId(query.getQueryId())
        .setPosition(lane.position())
        .addAllParts(held.answer(query));
  }

  private static void send(TestLane lane, DigestReport.Builder report) {
    lane.call().send(DataRequest.newBuilder().setDigestReport(report).build());
  }

  private static DataRequest report(long queryId) {
    return DataRequest.newBuilder()
        .setDigestReport(DigestReport.newBuilder().setQueryId(queryId))
        .build();
  }

  /** Reports among what the lane has received. */
  private static List<DriftReport> published(TestLane lane) {
    List<DriftReport> reports = new ArrayList<>();
    for (Operation operation : lane.operations()) {
      if (operation.getPayload().getType().equals("swarmlog.v1.DriftReport")) {
        assertThat(operation.getPublisher()).isEmpty();
        try {
          reports.add(DriftReport.parseFrom(operation.getPayload().getData()));
        } catch (InvalidProtocolBufferException e) {
          throw new AssertionError(e);
        }
      }
    }
    return reports;
  }

  private CompareAgentsRequest compare(String... agents) {
    return CompareAgentsRequest.newBuilder()
        .setSwarm(swarm)
        .addAllAgents(List.of(agents))
        .setLog(Log.LOG_MAIN)
        .build();
  }

  private ListDriftResponse list() {
    return drift().listDrift(ListDriftRequest.newBuilder().setSwarm(swarm).build());
  }

  private static DriftServiceBlockingStub drift() {
    return DriftServiceGrpc.newBlockingStub(coordinator.channel());
  }
}
