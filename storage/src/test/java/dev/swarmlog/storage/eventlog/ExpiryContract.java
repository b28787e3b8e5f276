package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.ALL;
import static dev.swarmlog.storage.eventlog.Entries.START_UNIX_NS;
import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.append;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.event;
import static dev.swarmlog.storage.eventlog.Entries.keyed;
import static dev.swarmlog.storage.eventlog.Entries.next;
import static dev.swarmlog.storage.eventlog.Entries.publish;
import static dev.swarmlog.storage.eventlog.Entries.tombstone;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.CommittedRun;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.Slots;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.Expire;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Origin;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Topic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every form of the event log does with operations that expire. Times count from a start. */
public abstract class ExpiryContract {

  private static final Command EXPIRE =
      Command.newBuilder().setExpire(Expire.getDefaultInstance()).build();
  private static final int COORDINATION_EXPIRY = 2;

  private EventLog log;

  /** A new, empty log. */
  protected abstract EventLog open();

  /** Closes a log and opens it again, where it outlives that. */
  protected EventLog restarted(EventLog log) {
    return log;
  }

  @BeforeEach
  void openLog() {
    log = open();
    commit(0, createSwarm(SWARM));
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void shouldDeleteAKeyByATombstoneWhenItsTimeHasCome() throws Exception {
    // given
    commit(1, publishing(expiring(keyed("k", "v"), 10)));
    commit(2, publishing(keyed("stays", "v")));
    ScopeSums before = sums(1);
    assertThat(log.nextTimerUnixNs()).hasValue(START_UNIX_NS + 10);

    // when
    Applied early = commit(9, EXPIRE);
    Applied due = commit(10, EXPIRE);

    // then
    assertThat(early.outcomes()).containsExactly(new Outcome.Expired(0, 0));
    assertThat(early.runs()).isEmpty();
    assertThat(due.outcomes()).containsExactly(new Outcome.Expired(1, 0));
    CommittedRun run = due.runs().get(0);
    assertThat(run.to()).isEqualTo(log.swarm(SWARM).orElseThrow().mainHead());
    Operation tombstone = only(run);
    assertThat(tombstone)
        .isEqualTo(
            Operation.newBuilder()
                .setOpId(3)
                .setGroupFirst(3)
                .setGroupLast(3)
                .setTopic(Topic.TOPIC_RECONCILIATION)
                .setTarget(ALL)
                .setOperationClass(dev.swarmlog.v1.OperationClass.OPERATION_CLASS_KEYED)
                .setKey("k")
                .setKeyExisted(true)
                .setTombstone(true)
                .setOrigin(Origin.newBuilder().setOpId(1))
                .setAppendTimeUnixNano(START_UNIX_NS + 10)
                .build());
    assertThat(log.newestOfKey(SWARM, Log.LOG_MAIN, scope(), "k", 3).orElseThrow().opId())
        .isEqualTo(3);
    assertThat(liveKeys()).isEqualTo(1);
    assertThat(log.nextTimerUnixNs()).isEmpty();
    assertThat(index()).isEmpty();
    commit(11, publishing(tombstone(Topic.TOPIC_RECONCILIATION, ALL, "stays")));
    assertThat(sums(4).getStateDigest().toByteArray()).isEqualTo(new byte[16]);
    assertThat(before.getStateDigest().toByteArray()).isNotEqualTo(new byte[16]);
    assertThat(sums(4).getOpCount()).isEqualTo(4);
  }

  @Test
  void shouldNotExpireAKeyThatMovedOn() {
    // given
    commit(1, publishing(expiring(keyed("overwritten", "v"), 10)));
    commit(2, publishing(keyed("overwritten", "w")));
    commit(3, publishing(expiring(keyed("deleted", "v"), 10)));
    commit(4, publishing(tombstone(Topic.TOPIC_RECONCILIATION, ALL, "deleted")));
    commit(5, publishing(expiring(keyed("prolonged", "v"), 10)));
    commit(6, publishing(expiring(keyed("prolonged", "v"), 20)));

    // then their rows are gone at once
    assertThat(index()).hasSize(1);
    assertThat(log.nextTimerUnixNs()).hasValue(START_UNIX_NS + 20);
    assertThat(commit(19, EXPIRE).outcomes()).containsExactly(new Outcome.Expired(0, 0));
    assertThat(commit(20, EXPIRE).outcomes()).containsExactly(new Outcome.Expired(1, 0));
    assertThat(liveKeys()).isEqualTo(1);
  }

  @Test
  void shouldTakeAKeyThatIsPublishedAgainForANewOne() throws Exception {
    // given
    commit(1, publishing(expiring(keyed("k", "v"), 10)));
    commit(10, EXPIRE);

    // when
    Operation again = only(commit(11, publishing(expiring(keyed("k", "v"), 20))).runs().get(0));
    Operation over = only(commit(12, publishing(expiring(keyed("k", "w"), 30))).runs().get(0));

    // then
    assertThat(again.getKeyExisted()).isFalse();
    assertThat(over.getKeyExisted()).isTrue();
    assertThat(commit(20, EXPIRE).runs()).isEmpty();
    assertThat(only(commit(30, EXPIRE).runs().get(0)).getOrigin().getOpId()).isEqualTo(4);
  }

  @Test
  void shouldOnlyForgetTheExpiryOfAnEvent() {
    // given
    commit(1, publishing(expiring(event("e"), 10), event("f")));
    List<ScopeSums> before = log.sums(SWARM, Log.LOG_MAIN, View.everything(), 2);
    assertThat(index()).hasSize(1);

    // when
    Applied applied = commit(10, EXPIRE);

    // then
    assertThat(applied.outcomes()).containsExactly(new Outcome.Expired(0, 1));
    assertThat(applied.runs()).isEmpty();
    assertThat(index()).isEmpty();
    assertThat(log.nextTimerUnixNs()).isEmpty();
    assertThat(log.durableLoggedUnixNs()).isEqualTo(START_UNIX_NS + 10);
    assertThat(log.sums(SWARM, Log.LOG_MAIN, View.everything(), 2)).isEqualTo(before);
    assertThat(log.read(SWARM, Log.LOG_MAIN, View.everything(), 0, 2, 1 << 20).operations())
        .extracting(StoredOperation::opId)
        .containsExactly(2L);
  }

  @Test
  void shouldSeeWhatItsOwnEntryDid() {
    // given
    commit(1, publishing(expiring(keyed("saved", "v"), 10)));
    commit(2, publishing(expiring(keyed("lost", "v"), 10), expiring(event("e"), 10)));

    // when what is saved is published in time, and what is late has expired before it came
    Applied applied =
        commit(
            10,
            publishing(keyed("saved", "w")),
            publishing(expiring(keyed("late", "v"), 5), expiring(event("late"), 6)),
            EXPIRE,
            EXPIRE);

    // then
    assertThat(applied.outcomes().subList(2, 4))
        .containsExactly(new Outcome.Expired(2, 2), new Outcome.Expired(0, 0));
    assertThat(applied.runs()).hasSize(1);
    assertThat(applied.runs().get(0).operations()).hasSize(5);
    assertThat(index()).isEmpty();
    assertThat(log.nextTimerUnixNs()).isEmpty();
    assertThat(liveKeys()).isEqualTo(1);
  }

  @Test
  void shouldExpireABoundedNumberAtOnce() {
    // given
    int count = 2 * EventLog.MAX_EXPIRED_PER_COMMAND + 100;
    PublishRecord[] records = new PublishRecord[count];
    for (int i = 0; i < count; i++) {
      records[i] = expiring(i % 4 == 0 ? event("e" + i) : keyed("k" + i, "v"), 10 + i);
    }
    commit(1, publishing(records));

    // when
    List<Outcome.Expired> expired = new ArrayList<>();
    while (log.nextTimerUnixNs().isPresent()) {
      Outcome outcome = commit(10_000 + expired.size(), EXPIRE).outcomes().get(0);
      expired.add((Outcome.Expired) outcome);
      log = restarted(log);
    }

    // then
    assertThat(expired)
        .containsExactly(
            new Outcome.Expired(768, 256),
            new Outcome.Expired(768, 256),
            new Outcome.Expired(75, 25));
    assertThat(index()).isEmpty();
    assertThat(log.swarm(SWARM).orElseThrow().mainHead().getOpId())
        .isEqualTo(count + count * 3 / 4);
  }

  @Test
  void shouldExpireABoundedNumberOfWhatItsOwnEntryAppended() {
    // given
    PublishRecord[] records = new PublishRecord[EventLog.MAX_EXPIRED_PER_COMMAND + 1];
    for (int i = 0; i < records.length; i++) {
      records[i] = expiring(event("e"), 1);
    }

    // when
    Applied applied = commit(10, publishing(records), EXPIRE);

    // then
    assertThat(applied.outcomes().get(1))
        .isEqualTo(new Outcome.Expired(0, EventLog.MAX_EXPIRED_PER_COMMAND));
    assertThat(index()).hasSize(1);
  }

  @Test
  void shouldKeepSwarmsAndLogsApartAndGoThroughThemInOrder() throws Exception {
    // given
    List<String> swarms = new ArrayList<>(List.of("a", "b", "c", "d"));
    for (String swarm : swarms) {
      commit(2, createSwarm(swarm));
      commit(
          2,
          append(publish(swarm, Log.LOG_MAIN, expiring(keyed("k", swarm), 10)).build()),
          append(
              publish(
                      swarm,
                      Log.LOG_CONTROL,
                      expiring(keyed(Topic.TOPIC_CONTROL, ALL, "k", swarm), 10))
                  .build()));
    }
    swarms.sort(Comparator.comparing(Slots::slotOf));

    // when
    Applied applied = commit(10, EXPIRE);

    // then
    assertThat(applied.outcomes()).containsExactly(new Outcome.Expired(8, 0));
    assertThat(applied.runs())
        .extracting(run -> run.swarm() + " " + run.log())
        .containsExactlyElementsOf(
            swarms.stream()
                .flatMap(
                    swarm ->
                        List.of(swarm + " " + Log.LOG_CONTROL, swarm + " " + Log.LOG_MAIN).stream())
                .toList());
    for (CommittedRun run : applied.runs()) {
      assertThat(only(run).getTombstone()).isTrue();
      assertThat(run.operations().get(0).scope().getTopic())
          .isEqualTo(
              run.log() == Log.LOG_CONTROL ? Topic.TOPIC_CONTROL : Topic.TOPIC_RECONCILIATION);
    }
  }

  @Test
  void shouldTakeARetryThatExpiresLaterForTheSame() {
    // given a publisher that counts from now, and tries again after a crash
    Append.Builder first = publish(SWARM, Log.LOG_MAIN, expiring(keyed("k", "v"), 10));
    Append.Builder retry = publish(SWARM, Log.LOG_MAIN, expiring(keyed("k", "v"), 15));
    first.getGroupBuilder().setIdempotencyKey("once");
    retry.getGroupBuilder().setIdempotencyKey("once");
    commit(1, append(first.build()));

    // when
    Outcome outcome = commit(5, append(retry.build())).outcomes().get(0);

    // then
    assertThat(((Outcome.Appended) outcome).duplicate()).isTrue();
    assertThat(log.nextTimerUnixNs()).hasValue(START_UNIX_NS + 10);
  }

  @Test
  void shouldRefuseExpiriesThatMeanNothing() {
    for (PublishRecord broken :
        List.of(
            expiring(tombstone(Topic.TOPIC_RECONCILIATION, ALL, "k"), 10),
            keyed("k", "v").toBuilder().setExpiresAtUnixNano(-1).build())) {
      // when
      Outcome outcome = commit(1, publishing(broken)).outcomes().get(0);

      // then
      assertThat(outcome)
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused ->
                  assertThat(refused.reason())
                      .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT));
    }
    assertThat(index()).isEmpty();
  }

  /** Against a walk over all operations, restarting now and then; and in two forms alike. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldAgreeWithAWalkOverAllOperations(long seed) throws Exception {
    // given
    Random random = new Random(seed);
    EventLog twin = InMemoryEventLog.create();
    List<Entry> entries = new ArrayList<>();
    NaiveExpiry naive = new NaiveExpiry();
    long now = START_UNIX_NS;
    for (int i = 0; i < 120; i++) {
      now += random.nextInt(4);
      List<Command> commands = new ArrayList<>();
      for (int c = random.nextInt(3); c >= 0; c--) {
        commands.add(random.nextInt(3) == 0 ? EXPIRE : publishing(randomRecords(random, now)));
      }

      // when
      Entry entry = next(log, now, commands);
      entries.add(entry);
      Applied applied = log.apply(entry);
      log.sync();

      // then
      Deque<Operation> appended = new ArrayDeque<>();
      for (CommittedRun run : applied.runs()) {
        for (StoredOperation operation : run.operations()) {
          appended.add(Operation.parseFrom(operation.bytes()));
        }
      }
      String where = "seed %d, entry %d".formatted(seed, i);
      for (Outcome outcome : applied.outcomes()) {
        naive.follow(outcome, appended, now, where);
      }
      assertThat(appended).as(where).isEmpty();
      assertThat(index()).as(where).hasSize(naive.size());
      if (random.nextInt(30) == 0) {
        log = restarted(log);
      }
      assertThat(log.nextTimerUnixNs()).as(where).isEqualTo(naive.earliest());
    }
    twin.apply(next(twin, START_UNIX_NS, List.of(createSwarm(SWARM))));
    for (Entry entry : entries) {
      twin.apply(entry);
    }
    assertThat(dump(twin)).as("seed %d", seed).isEqualTo(dump(log));
    assertThat(naive.tombstones).as("seed %d", seed).isPositive();
  }

  private static PublishRecord[] randomRecords(Random random, long now) {
    PublishRecord[] records = new PublishRecord[1 + random.nextInt(3)];
    for (int i = 0; i < records.length; i++) {
      String key = "k" + random.nextInt(6);
      PublishRecord record =
          switch (random.nextInt(6)) {
            case 0 -> tombstone(Topic.TOPIC_RECONCILIATION, ALL, key);
            case 1 -> event("e");
            default -> keyed(key, "v" + random.nextInt(3));
          };
      boolean expires = !record.getTombstone() && random.nextInt(3) > 0;
      records[i] =
          expires
              ? record.toBuilder().setExpiresAtUnixNano(now - 2 + random.nextInt(12)).build()
              : record;
    }
    return records;
  }

  private Applied commit(long afterStartNs, Command... commands) {
    Applied applied = log.apply(next(log, START_UNIX_NS + afterStartNs, List.of(commands)));
    log.sync();
    return applied;
  }

  private static Command publishing(PublishRecord... records) {
    return append(publish(SWARM, Log.LOG_MAIN, records).build());
  }

  private static PublishRecord expiring(PublishRecord record, long afterStartNs) {
    return record.toBuilder().setExpiresAtUnixNano(START_UNIX_NS + afterStartNs).build();
  }

  private static Operation only(CommittedRun run) throws InvalidProtocolBufferException {
    assertThat(run.operations()).hasSize(1);
    return Operation.parseFrom(run.operations().get(0).bytes());
  }

  private static dev.swarmlog.v1.Scope scope() {
    return Entries.scope(Topic.TOPIC_RECONCILIATION, ALL);
  }

  private int liveKeys() {
    long head = log.swarm(SWARM).orElseThrow().mainHead().getOpId();
    return log.readKeys(SWARM, Log.LOG_MAIN, scope(), head, KeyInterval.ALL, Integer.MAX_VALUE)
        .operations()
        .size();
  }

  private ScopeSums sums(long atOpId) {
    return log.sums(SWARM, Log.LOG_MAIN, View.everything(), atOpId).get(0);
  }

  /** Rows of the index. */
  private List<EventLog.Row> index() {
    List<EventLog.Row> rows = new ArrayList<>();
    log.dump(
        row -> {
          if (row.family().equals("coordination") && row.key()[10] == COORDINATION_EXPIRY) {
            rows.add(row);
          }
        });
    return rows;
  }

  private static List<String> dump(EventLog log) {
    List<String> rows = new ArrayList<>();
    HexFormat hex = HexFormat.of();
    log.dump(
        row ->
            rows.add(
                row.family() + " " + hex.formatHex(row.key()) + " " + hex.formatHex(row.value())));
    return rows;
  }
}
