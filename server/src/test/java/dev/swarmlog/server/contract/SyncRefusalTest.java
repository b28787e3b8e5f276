package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ConnectedLane;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SnapshotResume;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import io.grpc.Status;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What agents that sync present and should not, and how those are treated that stop in the middle.
 */
class SyncRefusalTest {

  private static final Duration PATIENCE = Duration.ofSeconds(StreamCall.PATIENCE_SECONDS);
  private static final String SWARM = "refusals";
  private static final Scope SCOPE =
      Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(ALL).build();

  private static Coordinator coordinator;
  private static Position head;
  private static Position middle;

  @BeforeAll
  static void start() throws Exception {
    coordinator = Coordinator.inMemory();
    for (int i = 0; i < 10; i++) {
      head = coordinator.publish(SWARM, keyed("key" + i, "1")).getLast();
      middle = i == 4 ? head : middle;
    }
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        arguments("a base behind the cursor", "5, 4, 9 at 4", resume(r -> triple(r, 5, 4, 9, 4))),
        arguments("a base beyond the head", "11, 5, 9", resume(r -> triple(r, 11, 5, 9))),
        arguments("a target before the cursor", "1, 5, 4", resume(r -> triple(r, 1, 5, 4))),
        arguments("a cursor elsewhere", "1, 6, 9 at 5", resume(r -> triple(r, 1, 6, 9))),
        arguments("numbers beyond 2^63", "18446744073709551615", resume(r -> triple(r, -1, 5, 9))),
        arguments(
            "a triple without a position",
            "0, 0, 9 at 0",
            resume(
                r -> {
                  triple(r, 0, 0, 9);
                  r.setPosition(Position.newBuilder().setLog(Log.LOG_MAIN));
                })),
        arguments(
            "a short state digest",
            "16 bytes, or none, but got 15",
            resume(r -> r.addSums(sums(15)))),
        arguments(
            "a long event hash",
            "16 bytes, or none, but got 17",
            resume(r -> r.addSums(ScopeSums.newBuilder().setEventHash(bytes(17))))),
        arguments(
            "too many sums",
            "at most 1024 scopes in a resume, but got 1025",
            resume(r -> r.addAllSums(Collections.nCopies(1_025, sums(16))))),
        arguments(
            "too many scopes",
            "at most 1024 scopes in a resume, but got 1025",
            resume(r -> r.addAllScopes(Collections.nCopies(1_025, SCOPE)))),
        arguments(
            "a million scopes",
            "but got 1000000",
            resume(
                r -> r.addAllScopes(Collections.nCopies(1_000_000, Scope.newBuilder().build())))),
        arguments(
            "a million sums",
            "but got 1000000",
            resume(
                r -> r.addAllSums(Collections.nCopies(1_000_000, ScopeSums.newBuilder().build())))),
        arguments(
            "a scope of another log",
            "scopes of main",
            resume(r -> r.addScopes(SCOPE.toBuilder().setTopic(Topic.TOPIC_CONTROL)))),
        arguments(
            "a snapshot below the position",
            "at the position or above",
            resume(r -> r.setPosition(head).setSnapshot(snapshot(middle)))),
        arguments(
            "a snapshot of another log",
            "snapshot of the position's log",
            resume(r -> r.setSnapshot(snapshot(head.toBuilder().setLog(Log.LOG_CONTROL).build())))),
        arguments(
            "a snapshot without a position",
            "snapshot of the position's log",
            resume(
                r -> r.setSnapshot(snapshot(Position.newBuilder().setLog(Log.LOG_MAIN).build())))),
        arguments(
            "pages before the events",
            "only after every event",
            resume(r -> r.setSnapshot(snapshot(head).setScope(SCOPE).setLastKey("k")))),
        arguments(
            "a last key without its scope",
            "there is no scope",
            resume(r -> r.setSnapshot(snapshot(middle).setLastKey("k")))),
        arguments(
            "a scope of another log",
            "snapshot's scope to be of main",
            resume(
                r ->
                    r.setSnapshot(
                        snapshot(middle)
                            .setScope(SCOPE.toBuilder().setTopic(Topic.TOPIC_CONTROL))))),
        arguments(
            "a last key that nobody could have published",
            "at most 1024 bytes, but got 1025",
            resume(
                r ->
                    r.setSnapshot(
                        snapshot(middle).setScope(SCOPE).setLastKey("k".repeat(1_025))))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void shouldRefuse(String what, String part, Consumer<LogResume.Builder> change) {
    LogResume resume = changed(change);

    TestAgent.refused(coordinator, hello().addResume(resume))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, part);
    coordinator
        .sync(request(resume).build())
        .refusal()
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, part);
  }

  static Stream<Arguments> rejected() {
    return Stream.of(
        arguments(
            "a triple's target beyond the head",
            ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
            "operation 11",
            resume(r -> triple(r, 1, 5, 11))),
        arguments(
            "a triple's target far beyond the head",
            ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
            "operation 18446744073709551615",
            resume(r -> triple(r, 1, 5, -1))),
        arguments(
            "a position beyond the head",
            ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
            "operation 11",
            resume(r -> r.getPositionBuilder().setOpId(11))),
        arguments(
            "a snapshot beyond the head",
            ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
            "operation 11",
            resume(r -> r.setSnapshot(snapshot(head.toBuilder().setOpId(11).build())))),
        arguments(
            "another incarnation",
            ErrorReason.ERROR_REASON_EPOCH_MISMATCH,
            "incarnation",
            resume(r -> r.getPositionBuilder().setIncarnation(1))),
        arguments(
            "a snapshot of another incarnation",
            ErrorReason.ERROR_REASON_EPOCH_MISMATCH,
            "incarnation",
            resume(r -> r.setSnapshot(snapshot(head.toBuilder().setIncarnation(1).build())))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rejected")
  void shouldReject(
      String what, ErrorReason reason, String part, Consumer<LogResume.Builder> change) {
    // when
    TestAgent agent = TestAgent.connect(coordinator, hello().addResume(changed(change)));

    // then
    LogPlan plan = agent.plan(Log.LOG_MAIN);
    assertThat(plan.getPlan()).isEqualTo(Plan.PLAN_REJECT);
    Failure.of(plan.getStatus()).is(reason, part);
    StreamCall<DataRequest, DataResponse> data = coordinator.data();
    data.send(TestAgent.attachFrame(agent.welcome().getSessionId(), Log.LOG_MAIN));
    data.refusal().is(reason, part);
    agent.vanish();
  }

  @Test
  void shouldReplaceWhatCameFromASnapshotOfAnotherHistory() {
    LogResume resume =
        changed(r -> r.setSnapshot(snapshot(head.toBuilder().setRunningHash(bytes(16)).build())));

    // without a session, for which there would be an alert in the log
    LogPlan plan = coordinator.sync(request(resume).build()).next().getPlan();

    assertThat(plan.getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.getStart()).isEqualTo(head);
  }

  @Test
  void shouldKeepNothingOfAPositionThatIsNotKnown() {
    // given a position with a field that is not in the contract, as long as a frame can be
    Position padded =
        head.toBuilder()
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(
                        99,
                        UnknownFieldSet.Field.newBuilder()
                            .addLengthDelimited(bytes(100_000))
                            .build())
                    .build())
            .build();

    // when
    TestAgent agent = TestAgent.connect(coordinator, hello().addResume(TestAgent.at(padded)));

    // then
    assertThat(agent.plan(Log.LOG_MAIN).getStart()).isEqualTo(head);
    assertThat(agent.welcome().getSerializedSize()).isLessThan(2_000);
    agent.vanish();
  }

  @Test
  void shouldRefuseAViewOfAMillionScopes() {
    Hello.Builder hello =
        hello()
            .setView(
                View.newBuilder()
                    .addAllScopes(
                        Collections.nCopies(
                            1_000_000,
                            ViewScope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).build())));

    TestAgent.refused(coordinator, hello)
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "1 to 64 scopes, but got 1000000");
  }

  @Test
  void shouldNotEvenParseAHelloThatIsTooLarge() {
    // given more than one message may have
    LogResume resume = changed(r -> r.addAllScopes(Collections.nCopies(1_000_000, SCOPE)));

    // when
    var control = coordinator.control();
    control.send(TestAgent.frame(hello().addResume(resume)));

    // then gRPC ends the call, and the connection stays
    assertThat(control.end().status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(coordinator.status().getSwarmCount()).isPositive();
  }

  @Test
  void shouldIgnoreCapabilitiesItDoesNotKnow() {
    // given
    long unknown = 1L << 63;
    LogResume holdsAScope = changed(r -> r.addScopes(SCOPE));

    // when
    var with =
        coordinator.sync(
            request(holdsAScope)
                .setCapabilities(unknown | Capability.CAPABILITY_SYNC_VALUE)
                .build());
    var without = coordinator.sync(request(holdsAScope).setCapabilities(unknown).build());

    // then only the known one makes a difference
    assertThat(with.endInTheEnd().status().isOk()).isTrue();
    assertThat(without.refusalInTheEnd().message()).contains("CAPABILITY_SYNC");
  }

  @Test
  void shouldEndTheOlderOfTwoSessionsInTheMiddleOfASync() {
    // given one that does not read its sync
    String swarm = "two-sessions";
    publishMuch(swarm);
    TestAgent older = TestAgent.connect(coordinator, syncing(swarm));
    TestLane unread = older.attachUnread(Log.LOG_MAIN);
    awaitLane(swarm, "waiting for the agent to read");

    // when
    TestAgent newer = TestAgent.connect(coordinator, syncing(swarm));
    TestLane lane = newer.attach(Log.LOG_MAIN);

    // then
    older.control().refusal().is(ErrorReason.ERROR_REASON_SESSION_SUPERSEDED, "agent");
    unread.call().request(Integer.MAX_VALUE);
    unread.call().refusalInTheEnd().is(ErrorReason.ERROR_REASON_SESSION_SUPERSEDED);
    lane.caughtUp();
    assertThat(lane.operations()).hasSize(300);
    newer.vanish();
  }

  @Test
  void shouldLetTheSessionWinWhoseHelloCameLast() {
    // given a position for which it takes long to make a plan: most of what was there is deleted
    String swarm = "slow-plan";
    Position full = publishAndDelete(swarm, 10_000);

    // when another Hello comes meanwhile, for which it takes none
    var older = coordinator.control();
    older.send(TestAgent.frame(syncing(swarm).addResume(TestAgent.at(full))));
    TestAgent newer = TestAgent.connect(coordinator, syncing(swarm));

    // then
    older.refusalInTheEnd().is(ErrorReason.ERROR_REASON_SESSION_SUPERSEDED, "newer");
    newer.beat(1);
    assertThat(newer.control().next().hasHeartbeatReply()).isTrue();
    assertThat(coordinator.agents(swarm)).hasSize(1);
    newer.vanish();
  }

  /** Answers where all keys were there. */
  private static Position publishAndDelete(String swarm, int keys) {
    Position full = Position.getDefaultInstance();
    for (boolean deleted : new boolean[] {false, true}) {
      for (int first = 0; first < keys; first += 500) {
        PublishRecord[] records = new PublishRecord[500];
        for (int i = 0; i < records.length; i++) {
          String key = "key" + (first + i);
          records[i] = deleted ? Requests.tombstone(key) : keyed(key, "1");
        }
        Position last = coordinator.publish(swarm, records).getLast();
        full = deleted ? full : last;
      }
    }
    return full;
  }

  @Test
  void shouldServeTwoSyncsOfOneAgentAtOnce() {
    StreamCall<SyncRequest, SyncResponse> one = coordinator.sync(request(fromNothing()).build());
    StreamCall<SyncRequest, SyncResponse> other = coordinator.sync(request(fromNothing()).build());

    assertThat(one.completed()).isEqualTo(other.completed());
  }

  @Test
  void shouldServeSoManyCallsAtOnceAndNoMore() throws Exception {
    try (Coordinator small = Coordinator.inMemory(Coordinator.limits("maxSyncCalls", 2))) {
      publishMuch(small, SWARM);
      SyncRequest everything = request(fromNothing()).build();
      StreamCall<SyncRequest, SyncResponse> first = small.unreadSync(everything);
      StreamCall<SyncRequest, SyncResponse> second = small.unreadSync(everything);

      // when nobody reads, then there is no room soon
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(outcome(small, everything)).isEqualTo("OVERLOADED"));

      // and there is again when one of them has left
      first.cancel();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(outcome(small, everything)).isEqualTo("served"));
      second.cancel();
    }
  }

  private static String outcome(Coordinator small, SyncRequest request) {
    StreamCall.End end = small.sync(request).endInTheEnd();
    return end.status().isOk() ? "served" : end.failure().reason().name().substring(13);
  }

  @Test
  void shouldRefuseAResumeStateWithoutTheCapabilityForIt() {
    for (LogResume resume :
        List.of(
            changed(r -> triple(r, 1, 5, 9)),
            changed(r -> r.addScopes(SCOPE)),
            changed(r -> r.setSnapshot(snapshot(head))))) {
      Failure refused =
          coordinator.sync(request(resume).clearCapabilities().build()).refusalInTheEnd();
      assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
      assertThat(refused.message()).contains("CAPABILITY_SYNC");
    }
  }

  @Test
  void shouldHoldNothingOfAnAgentThatStopsReadingADelta() {
    shouldHoldNothingOfAnAgentThatStopsReading("stops-in-delta", fromNothing());
  }

  @Test
  void shouldHoldNothingOfAnAgentThatStopsReadingASnapshot() {
    String swarm = "stops-in-snapshot";
    publishMuch(swarm);
    Position at = coordinator.swarm(swarm).getSwarm().getMainHead();
    shouldHoldNothingOfAnAgentThatStopsReading(
        swarm, TestAgent.at(at).toBuilder().setSnapshot(snapshot(at)).build());
  }

  private void shouldHoldNothingOfAnAgentThatStopsReading(String swarm, LogResume resume) {
    // given 6 MB to be sent, and an agent that reads nothing
    publishMuch(swarm);
    TestAgent agent = TestAgent.connect(coordinator, syncing(swarm).addResume(resume));
    TestLane lane = agent.attachUnread(Log.LOG_MAIN);

    // when
    awaitLane(swarm, "waiting for the agent to read");

    // then what it has not been sent waits on disk, and heartbeats and acks go on
    agent.beat(1);
    assertThat(agent.control().next().getHeartbeatReply().getLanes(0).getStalled()).isTrue();
    lane.acknowledge();
    lane.call().request(1);
    assertThat(lane.next()).isNotNull();

    // and nothing is left when it goes away
    agent.vanish();
    lane.call().cancel();
    await().atMost(PATIENCE).until(() -> coordinator.agents(swarm).isEmpty());
    assertThat(coordinator.publish(swarm, event("on")).getFirstOpId()).isPositive();
  }

  private static void awaitLane(String swarm, String state) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(coordinator.agents(swarm))
                    .flatExtracting(connected -> connected.getLanesList())
                    .extracting(ConnectedLane::getState)
                    .containsExactly(state));
  }

  /** 300 keys of 20 KB: more than any window. */
  private static void publishMuch(String swarm) {
    publishMuch(coordinator, swarm);
  }

  private static void publishMuch(Coordinator coordinator, String swarm) {
    String text = "x".repeat(20_000);
    for (int i = 0; i < 300; i += 10) {
      PublishRecord[] records = new PublishRecord[10];
      for (int j = 0; j < 10; j++) {
        records[j] = keyed("key" + (i + j), text);
      }
      coordinator.publish(swarm, records);
    }
  }

  private static Consumer<LogResume.Builder> resume(Consumer<LogResume.Builder> change) {
    return change;
  }

  /** A resume in the middle of the log, changed. */
  private static LogResume changed(Consumer<LogResume.Builder> change) {
    LogResume.Builder resume = LogResume.newBuilder().setPosition(middle);
    change.accept(resume);
    return resume.build();
  }

  private static LogResume fromNothing() {
    return TestAgent.at(Position.newBuilder().setLog(Log.LOG_MAIN).build());
  }

  private static void triple(LogResume.Builder resume, long base, long cursor, long target) {
    resume.setTriple(
        ResumeTriple.newBuilder()
            .setBaseOpId(base)
            .setCursorOpId(cursor)
            .setTargetOpId(target)
            .setExact(true));
  }

  private static void triple(
      LogResume.Builder resume, long base, long cursor, long target, long positionOpId) {
    triple(resume, base, cursor, target);
    resume.getPositionBuilder().setOpId(positionOpId);
  }

  private static SnapshotResume.Builder snapshot(Position position) {
    return SnapshotResume.newBuilder().setPosition(position);
  }

  private static ScopeSums sums(int digestBytes) {
    return ScopeSums.newBuilder().setScope(SCOPE).setStateDigest(bytes(digestBytes)).build();
  }

  private static ByteString bytes(int length) {
    return ByteString.copyFrom(new byte[length]);
  }

  private static Hello.Builder hello() {
    return syncing(SWARM);
  }

  private static Hello.Builder syncing(String swarm) {
    return TestAgent.hello(swarm, "agent").setCapabilities(Capability.CAPABILITY_SYNC_VALUE);
  }

  private static SyncRequest.Builder request(LogResume resume) {
    return SyncRequest.newBuilder()
        .setSwarm(SWARM)
        .setAgent("agent")
        .setView(Requests.MAIN)
        .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
        .setResume(resume);
  }
}
