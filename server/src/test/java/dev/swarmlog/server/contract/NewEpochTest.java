package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.Slots;
import dev.swarmlog.storage.rocksdb.DataDirectory;
import dev.swarmlog.storage.rocksdb.StorageOptions;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.StartEpoch;
import dev.swarmlog.v1.Ancestor;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PartedReport;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.Swarm;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator whose store lost the end of a log, and began a new epoch. */
class NewEpochTest {

  private static final String SWARM = "hive";
  private static final long EPOCH = 0x1234_5678_9abc_def0L;

  @TempDir private Path directory;
  private Path data;
  private Coordinator coordinator;
  private Position atFork;
  private Position lost;

  /** Operations 1 to 4 are kept, 5 to 7 are lost; then come others with the numbers 5 and 6. */
  @BeforeEach
  void loseTheEnd() throws Exception {
    data = directory.resolve("data");
    Path backup = directory.resolve("backup");
    coordinator = Coordinator.on(data);
    coordinator.publish(SWARM, event("kept 1"));
    coordinator.publish(SWARM, keyed("a", "kept"));
    coordinator.publish(SWARM, keyed("b", "kept"));
    atFork = coordinator.publish(SWARM, event("kept 4")).getLast();
    coordinator.publish(SWARM, event(Topic.TOPIC_CONTROL, ALL, "kept"));
    coordinator.restartAfter(() -> copy(data, backup));
    coordinator.publish(SWARM, event("lost 5"));
    coordinator.publish(SWARM, keyed("a", "lost"));
    lost = coordinator.publish(SWARM, keyed("c", "lost")).getLast();
    coordinator.restartAfter(
        () -> {
          delete(data);
          copy(backup, data);
          startEpoch(data);
        });
    coordinator.publish(SWARM, event("new 5"));
    coordinator.publish(SWARM, keyed("b", "new"));
  }

  @AfterEach
  void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldShowEpochAndAncestors() {
    Swarm swarm = coordinator.swarm(SWARM).getSwarm();

    assertThat(swarm.getEpoch()).isEqualTo(EPOCH);
    assertThat(swarm.getMainHead().getEpoch()).isEqualTo(EPOCH);
    assertThat(swarm.getAncestorsList()).hasSize(1);
    Ancestor ancestor = swarm.getAncestors(0);
    assertThat(ancestor.getEpoch()).isEqualTo(atFork.getEpoch());
    assertThat(ancestor.getMainFork()).isEqualTo(atFork);
    assertThat(ancestor.getControlFork().getOpId()).isEqualTo(1);
    assertThat(ancestor.getEndedUnixNano()).isPositive();
  }

  @Test
  void shouldLetAnAgentGoOnFromTheFork() {
    // when
    TestAgent agent = connect("below", LogResume.newBuilder().setPosition(atFork).build());
    TestLane lane = agent.attach(Log.LOG_MAIN);
    Position at = lane.caughtUp();

    // then
    LogPlan plan = agent.plan(Log.LOG_MAIN);
    assertThat(plan.getPlan()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(plan.getFork()).isEqualTo(atFork);
    assertThat(plan.getStart()).isEqualTo(atFork.toBuilder().setEpoch(EPOCH).build());
    assertThat(lane.texts()).containsExactly("new 5", "new");
    assertThat(at.getEpoch()).isEqualTo(EPOCH);
    assertThat(alerts()).isEmpty();
  }

  @Test
  void shouldReplaceTheStateOfAnAgentAboveTheForkAndTellEverybody() {
    // when
    TestAgent agent = connect("above", LogResume.newBuilder().setPosition(lost).build());
    TestLane lane = agent.attach(Log.LOG_MAIN);
    List<String> state = new ArrayList<>();
    DataResponse frame = lane.next();
    for (; !frame.hasCaughtUp(); frame = lane.next()) {
      SnapshotPage page = frame.getSnapshot();
      page.getOperationsList()
          .forEach(op -> state.add(op.getKey() + "=" + op.getPayload().getData().toStringUtf8()));
    }

    // then it is given what has the numbers of what is lost
    LogPlan plan = agent.plan(Log.LOG_MAIN);
    assertThat(plan.getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(plan.getFork()).isEqualTo(atFork);
    assertThat(plan.getStart()).isEqualTo(atFork.toBuilder().setEpoch(EPOCH).build());
    assertThat(plan.getTarget().getOpId()).isEqualTo(6);
    assertThat(lane.texts()).containsExactly("new 5");
    assertThat(state).containsExactly("a=kept", "b=new");
    // and it is told
    PartedReport alert = alerts().get(0);
    assertThat(alert.getAgent()).isEqualTo("above");
    assertThat(alert.getPosition()).isEqualTo(lost);
    assertThat(alert.getFork()).isEqualTo(atFork);
    assertThat(alert.getHead().getOpId()).isEqualTo(6);
    assertThat(alert.getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(alert.getReason()).contains("lost");
  }

  @Test
  void shouldAlertOnceWhereAnAgentComesAgain() {
    LogResume resume = LogResume.newBuilder().setPosition(lost).build();

    connect("again", resume);
    connect("again", resume);
    connect("other", resume);

    assertThat(alerts()).extracting(PartedReport::getAgent).containsExactly("again", "other");
  }

  @Test
  void shouldAlertOfAnUnknownEpochAndNotFillWhatIsBeyondTheHead() {
    // when
    TestAgent unknown =
        connect(
            "unknown", LogResume.newBuilder().setPosition(lost.toBuilder().setEpoch(7)).build());
    TestAgent beyond =
        connect(
            "beyond",
            LogResume.newBuilder()
                .setPosition(lost.toBuilder().setEpoch(EPOCH).setOpId(99))
                .build());

    // then
    assertThat(unknown.plan(Log.LOG_MAIN).getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(unknown.plan(Log.LOG_MAIN).hasFork()).isFalse();
    assertThat(unknown.plan(Log.LOG_MAIN).getStart())
        .isEqualTo(unknown.plan(Log.LOG_MAIN).getHead());
    assertThat(beyond.plan(Log.LOG_MAIN).getPlan()).isEqualTo(Plan.PLAN_REJECT);
    List<PartedReport> alerts = alerts();
    assertThat(alerts).extracting(PartedReport::getAgent).containsExactly("unknown");
    assertThat(alerts.get(0).hasFork()).isFalse();
  }

  @Test
  void shouldLetAReaderWithoutSyncGoOnFromTheForkAndRefuseItAbove() {
    TestAgent below =
        TestAgent.connect(
            coordinator, TestAgent.hello(SWARM, "old").addResume(TestAgent.at(atFork)));
    TestLane lane = below.attach(Log.LOG_MAIN);
    lane.caughtUp();
    TestAgent above =
        TestAgent.connect(
            coordinator, TestAgent.hello(SWARM, "older").addResume(TestAgent.at(lost)));

    assertThat(lane.texts()).containsExactly("new 5", "new");
    assertThat(above.plan(Log.LOG_MAIN).getPlan()).isEqualTo(Plan.PLAN_REJECT);
    Failure.of(above.plan(Log.LOG_MAIN).getStatus())
        .is(ErrorReason.ERROR_REASON_EPOCH_MISMATCH, "lost");
  }

  @Test
  void shouldPassOverAcksOfTheEpochThatEnded() {
    TestAgent agent = connect("acks", LogResume.newBuilder().setPosition(atFork).build());
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.caughtUp();

    lane.acknowledge(lost);

    DataResponse notice = lane.next();
    Failure.of(notice.getNotice()).is(ErrorReason.ERROR_REASON_EPOCH_MISMATCH);
  }

  @Test
  void shouldSyncWithoutASession() {
    List<SyncResponse> below = sync(atFork);
    List<SyncResponse> above = sync(lost);

    assertThat(below.get(0).getPlan().getPlan()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(texts(below)).containsExactly("new 5", "new");
    assertThat(above.get(0).getPlan().getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(above.get(0).getPlan().getFork()).isEqualTo(atFork);
    assertThat(texts(above)).containsExactly("new 5");
  }

  private List<SyncResponse> sync(Position from) {
    return coordinator
        .sync(
            SyncRequest.newBuilder()
                .setSwarm(SWARM)
                .setAgent("reader")
                .setView(Requests.MAIN)
                .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
                .setResume(LogResume.newBuilder().setPosition(from))
                .build())
        .completed();
  }

  private static List<String> texts(List<SyncResponse> frames) {
    return frames.stream()
        .flatMap(frame -> frame.getPage().getOperationsList().stream())
        .map(op -> op.getPayload().getData().toStringUtf8())
        .toList();
  }

  private TestAgent connect(String name, LogResume resume) {
    return TestAgent.connect(
        coordinator,
        TestAgent.hello(SWARM, name)
            .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
            .addResume(resume));
  }

  /** Alerts in the order in which they were published, once what is on its way is there, too. */
  private List<PartedReport> alerts() {
    coordinator.publish(SWARM, event("behind"));
    List<PartedReport> alerts = new ArrayList<>();
    for (Operation operation : coordinator.everything(SWARM, Log.LOG_MAIN)) {
      if (operation.getPayload().getType().equals("swarmlog.v1.PartedReport")) {
        assertThat(operation.getTopic()).isEqualTo(Topic.TOPIC_ALERTS);
        try {
          alerts.add(PartedReport.parseFrom(operation.getPayload().getData()));
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
    }
    return alerts;
  }

  private static void startEpoch(Path data) {
    try (DataDirectory store = DataDirectory.open(data, StorageOptions.defaults());
        EventLog log = store.openShard(Slots.shardOf(SWARM, store.shardCount()))) {
      Entry entry =
          Entry.newBuilder()
              .setVersion(EventLog.ENTRY_VERSION)
              .setIndex(log.appliedIndex() + 1)
              .setLoggedUnixNano(log.loggedUnixNs())
              .addCommands(
                  Command.newBuilder()
                      .setStartEpoch(StartEpoch.newBuilder().setSwarm(SWARM).setEpoch(EPOCH)))
              .build();
      assertThat(log.apply(entry).outcomes()).hasOnlyElementsOfType(Outcome.EpochStarted.class);
      log.sync();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
