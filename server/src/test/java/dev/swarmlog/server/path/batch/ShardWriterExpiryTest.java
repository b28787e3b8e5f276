package dev.swarmlog.server.path.batch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.server.FrameMemory;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Threads;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.commit.Committer;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.commit.Replication;
import dev.swarmlog.server.path.deliver.Deliveries;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.CreateSwarm;
import dev.swarmlog.storage.v1.RefuseOperation;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The writer keeps time by the logged clock, stepped here by hand. */
@Timeout(60)
class ShardWriterExpiryTest {

  private static final String SWARM = "hive";
  private static final long START_UNIX_NS = 1_700_000_000_000_000_000L;
  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
  private static final Target ALL =
      Target.newBuilder().setAll(AllAgents.getDefaultInstance()).build();
  private static final Scope SCOPE =
      Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(ALL).build();

  private final SteppedTime time = new SteppedTime();
  private final EventLog log = InMemoryEventLog.create();
  private final List<Outcome> outcomes = new ArrayList<>();
  private ShardWriter writer = newWriter();

  private static final class SteppedTime implements TimeSource {
    long unixNs = START_UNIX_NS;
    long monotonicNs;

    void pass(long ns) {
      unixNs += ns;
      monotonicNs += ns;
    }

    @Override
    public long unixNs() {
      return unixNs;
    }

    @Override
    public long monotonicNs() {
      return monotonicNs;
    }
  }

  @BeforeEach
  void createSwarm() throws InterruptedException {
    propose(
        Command.newBuilder()
            .setCreateSwarm(
                CreateSwarm.newBuilder().setName(SWARM).setIncarnation(0xa).setEpoch(0xb))
            .build());
    writer.step(0);
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void shouldDeleteAKeyWhenTheLoggedClockHasReachedItsTime() throws Exception {
    // given
    publish(key("k", 10 * SECOND_NS));
    writer.step(0);

    // when
    time.pass(10 * SECOND_NS - 1);
    writer.step(0);
    // then
    assertThat(log.appliedIndex()).isEqualTo(2);

    // when
    time.pass(1);
    writer.step(0);
    // then
    assertThat(log.appliedIndex()).isEqualTo(3);
    Operation tombstone = newest();
    assertThat(tombstone.getTombstone()).isTrue();
    assertThat(tombstone.getOrigin().getOpId()).isEqualTo(1);
    assertThat(tombstone.getAppendTimeUnixNano()).isEqualTo(START_UNIX_NS + 10 * SECOND_NS);
    assertThat(tombstone.getPublisher()).isEmpty();

    // and there is nothing more to do
    time.pass(SECOND_NS);
    assertThat(writer.step(0)).isTrue();
    assertThat(log.appliedIndex()).isEqualTo(3);
  }

  @Test
  void shouldMoveTheLoggedTimePastTheExpiryOfAnEvent() throws Exception {
    // given
    publish(event(SECOND_NS));
    writer.step(0);
    assertThat(read()).isEqualTo(1);

    // when
    time.pass(SECOND_NS);
    writer.step(0);

    // then
    assertThat(log.durableLoggedUnixNs()).isEqualTo(START_UNIX_NS + SECOND_NS);
    assertThat(read()).isZero();
    assertThat(head()).isEqualTo(1);
  }

  @Test
  void shouldWaitNoLongerThanToTheNextExpiry() throws Exception {
    // given
    publish(key("k", TimeUnit.MILLISECONDS.toNanos(5)));
    writer.step(0);

    // when the virtual clock stands still, and the real one waits
    boolean goesOn = writer.step(TimeUnit.HOURS.toNanos(1));

    // then it has woken up, and it was not time yet
    assertThat(goesOn).isTrue();
    assertThat(log.appliedIndex()).isEqualTo(2);
  }

  @Test
  void shouldWorkOffABacklogBesideWhatIsPublished() throws Exception {
    // given
    PublishRecord[] many = new PublishRecord[2 * EventLog.MAX_EXPIRED_PER_COMMAND + 1];
    for (int i = 0; i < many.length; i++) {
      many[i] = key("k" + i, SECOND_NS);
    }
    publish(many);
    writer.step(0);
    time.pass(SECOND_NS);
    outcomes.clear();

    for (int entry = 1; entry <= 3; entry++) {
      // when
      publish(event(0));
      writer.step(0);
      // then
      assertThat(outcomes).hasSize(entry);
      assertThat(liveKeys())
          .isEqualTo(Math.max(0, many.length - entry * EventLog.MAX_EXPIRED_PER_COMMAND));
    }
  }

  @Test
  void shouldLetWhatIsPublishedInTimeWin() throws Exception {
    // given
    publish(key("k", SECOND_NS));
    writer.step(0);

    // when it waits for the writer together with its expiry
    time.pass(SECOND_NS);
    publish(key("k", 2 * SECOND_NS));
    writer.step(0);

    // then
    assertThat(head()).isEqualTo(2);
    assertThat(newest().getKeyExisted()).isTrue();
    assertThat(newest().getTombstone()).isFalse();
  }

  @Test
  void shouldExpireNothingWhileTheWallClockIsInAJump() throws Exception {
    // given
    publish(key("k", 10 * SECOND_NS));
    writer.step(0);

    // when
    time.unixNs += TimeUnit.DAYS.toNanos(2);
    time.pass(20 * SECOND_NS);
    writer.step(0);
    // then
    assertThat(head()).isEqualTo(1);

    // when
    time.unixNs -= TimeUnit.DAYS.toNanos(2);
    writer.step(0);
    // then
    assertThat(head()).isEqualTo(2);
    assertThat(newest().getTombstone()).isTrue();
  }

  @Test
  void shouldTryAgainInItsTimeWhileTheWallClockIsInAJump() throws Exception {
    // given
    publish(event(0));
    writer.step(0);
    time.unixNs -= TimeUnit.DAYS.toNanos(2);
    propose(refusal(1, 10 * SECOND_NS));
    writer.step(0);

    // when
    time.pass(9 * SECOND_NS);
    writer.step(0);
    // then
    assertThat(head()).isEqualTo(1);

    // when the logged clock, which is slewed back by 5 ms meanwhile, has reached its time
    time.pass(SECOND_NS + TimeUnit.MILLISECONDS.toNanos(10));
    writer.step(0);
    // then
    assertThat(head()).isEqualTo(2);
    assertThat(newest().getOrigin().getOpId()).isEqualTo(1);
  }

  private static Command refusal(long opId, long retryAfterNs) {
    return Command.newBuilder()
        .setRefuseOperation(
            RefuseOperation.newBuilder()
                .setSwarm(SWARM)
                .setAgent("ant")
                .addTopics(Topic.TOPIC_COMMANDS)
                .setLog(Log.LOG_MAIN)
                .setOpId(opId)
                .setReaction(Nack.Reaction.REACTION_RETRY)
                .setRetryAfterNs(retryAfterNs)
                .setMaxAttempts(3))
        .build();
  }

  @Test
  void shouldExpireInTheFirstEntryWhatExpiredWhileItWasAway() throws Exception {
    // given
    publish(key("k", SECOND_NS));
    writer.step(0);

    // when
    time.pass(TimeUnit.HOURS.toNanos(1));
    writer = newWriter();
    writer.step(TimeUnit.HOURS.toNanos(1));

    // then
    assertThat(log.appliedIndex()).isEqualTo(3);
    assertThat(newest().getTombstone()).isTrue();
  }

  @Test
  void shouldLeaveWhatIsDueToTheNextStartWhenItStops() throws Exception {
    // given
    publish(key("k", SECOND_NS));
    writer.step(0);
    time.pass(SECOND_NS);

    // when
    boolean stopped = writer.stop(Duration.ofSeconds(10));

    // then
    assertThat(stopped).isTrue();
    assertThat(writer.step(0)).isFalse();
    assertThat(log.appliedIndex()).isEqualTo(2);
  }

  private ShardWriter newWriter() {
    Limits limits = Limits.defaults();
    Deliveries deliveries =
        new Deliveries(
            log,
            Runnable::run,
            limits,
            1 << 20,
            new FrameMemory(limits.maxFrameTimesBytes()),
            Instruments.off());
    return new ShardWriter(
        0,
        new Committer(
            Replication.local(log, Durability.DURABILITY_OS), deliveries, Instruments.off(), 0),
        limits,
        time,
        Threads.system(),
        (exitCode, message, cause) -> {
          throw new AssertionError(message, cause);
        });
  }

  private void publish(PublishRecord... records) {
    propose(
        Command.newBuilder()
            .setAppend(
                Append.newBuilder()
                    .setSwarm(SWARM)
                    .setLog(Log.LOG_MAIN)
                    .setPublisher("planner")
                    .setPrincipal("local")
                    .setGroup(PublishGroup.newBuilder().addAllRecords(List.of(records))))
            .build());
  }

  private void propose(Command command) {
    Proposal.Listener listener =
        new Proposal.Listener() {
          @Override
          public void settled(Outcome outcome, Durability durability) {
            outcomes.add(outcome);
          }

          @Override
          public void abandoned() {
            throw new AssertionError("Expected an outcome");
          }
        };
    assertThat(
            writer.propose(
                new Proposal(Flow.ofSwarm(SWARM), command, command.getSerializedSize(), listener)))
        .isEqualTo(ShardWriter.Reception.TAKEN);
  }

  private static PublishRecord key(String key, long afterStartNs) {
    return event(afterStartNs).toBuilder()
        .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
        .setKey(key)
        .build();
  }

  /**
   * @param afterStartNs 0 for never
   */
  private static PublishRecord event(long afterStartNs) {
    return PublishRecord.newBuilder()
        .setTopic(Topic.TOPIC_COMMANDS)
        .setTarget(ALL)
        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
        .setExpiresAtUnixNano(afterStartNs == 0 ? 0 : START_UNIX_NS + afterStartNs)
        .build();
  }

  private long head() {
    return log.swarm(SWARM).orElseThrow().mainHead().getOpId();
  }

  private int liveKeys() {
    return log.readKeys(SWARM, Log.LOG_MAIN, SCOPE, head(), KeyInterval.ALL, Integer.MAX_VALUE)
        .operations()
        .size();
  }

  /** How many operations a reader gets. */
  private int read() {
    return log.read(SWARM, Log.LOG_MAIN, View.everything(), 0, head(), 1 << 20).operations().size();
  }

  private Operation newest() throws InvalidProtocolBufferException {
    byte[] bytes =
        log.read(SWARM, Log.LOG_MAIN, View.everything(), head() - 1, head(), 1 << 20)
            .operations()
            .get(0)
            .bytes();
    return Operation.parseFrom(bytes);
  }
}
