package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.ALL;
import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.append;
import static dev.swarmlog.storage.eventlog.Entries.commit;
import static dev.swarmlog.storage.eventlog.Entries.compact;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.event;
import static dev.swarmlog.storage.eventlog.Entries.keyed;
import static dev.swarmlog.storage.eventlog.Entries.openProducer;
import static dev.swarmlog.storage.eventlog.Entries.outcome;
import static dev.swarmlog.storage.eventlog.Entries.publish;
import static dev.swarmlog.storage.eventlog.Entries.scope;
import static dev.swarmlog.storage.eventlog.Entries.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code Compact} does in every form of the event log, by examples. */
public abstract class CompactionContract {

  private static final Scope KEYS = scope(Topic.TOPIC_RECONCILIATION, ALL);
  private static final View EVERYTHING = View.everything();
  private static final int MANY_BYTES = 1 << 20;

  private EventLog log;

  /** A new, empty log. */
  protected abstract EventLog open();

  /** Closes the log and opens it again, if that form of it can. */
  protected abstract EventLog reopen(EventLog open);

  @BeforeEach
  void openLog() {
    log = open();
    commit(log, createSwarm(SWARM));
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void shouldMoveTheHorizonAndTellIt() {
    // given
    publishing(event("1"), event("2"));
    publishing(event("3"));

    // when
    Outcome moved = outcome(log, compact(Log.LOG_MAIN, 2));

    // then
    assertThat(moved).isEqualTo(new Outcome.Compacted(2, true));
    assertThat(horizon()).isEqualTo(2);
    assertThat(log.swarm(SWARM).orElseThrow().horizonOpId(Log.LOG_CONTROL)).isZero();
    log = reopen(log);
    assertThat(horizon()).isEqualTo(2);
    assertThat(ids(log.read(SWARM, Log.LOG_MAIN, EVERYTHING, 2, 3, MANY_BYTES)))
        .containsExactly(3L);
  }

  @Test
  void shouldNotShowAHorizonThatIsNotDurable() {
    publishing(event("1"));

    log.apply(Entries.next(log, List.of(compact(Log.LOG_MAIN, 1))));

    assertThat(horizon()).isZero();
    // But what it has removed is gone.
    assertThatThrownBy(() -> log.read(SWARM, Log.LOG_MAIN, EVERYTHING, 0, 1, MANY_BYTES))
        .isInstanceOf(BelowHorizonException.class);
    log.sync();
    assertThat(horizon()).isEqualTo(1);
  }

  @Test
  void shouldStayAtOrBelowTheHorizon() {
    publishing(event("1"), event("2"));
    publishing(event("3"));
    commit(log, compact(Log.LOG_MAIN, 3));
    String before = rows();

    assertThat(outcome(log, compact(Log.LOG_MAIN, 3))).isEqualTo(new Outcome.Compacted(3, false));
    assertThat(outcome(log, compact(Log.LOG_MAIN, 0))).isEqualTo(new Outcome.Compacted(3, false));
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void shouldRefuseWhatCannotBe() {
    publishing(event("1"));

    assertThat(refusal(compact(Log.LOG_MAIN, 2)).message())
        .isEqualTo(
            "Expected up_to_op_id to be at most the head of log main of swarm 'hive', operation"
                + " 1, but got 2");
    assertThat(refusal(compact(Log.LOG_MAIN, -1)).message()).endsWith("18446744073709551615");
    assertThat(refusal(compact(Log.LOG_TELEMETRY, 1)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refusal(compact(Log.LOG_MAIN, 1).toBuilder().clearCompact().build()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(horizon()).isZero();
  }

  @Test
  void shouldNotCutAPublishGroup() {
    publishing(event("1"), event("2"));
    publishing(event("3"), event("4"), event("5"));

    assertThat(outcome(log, compact(Log.LOG_MAIN, 1))).isEqualTo(new Outcome.Compacted(0, false));
    assertThat(outcome(log, compact(Log.LOG_MAIN, 4))).isEqualTo(new Outcome.Compacted(2, true));
    assertThat(outcome(log, compact(Log.LOG_MAIN, 4))).isEqualTo(new Outcome.Compacted(2, false));
    assertThat(outcome(log, compact(Log.LOG_MAIN, 5))).isEqualTo(new Outcome.Compacted(5, true));
  }

  @Test
  void shouldPassABoundedNumberOfOperationsAtATime() {
    PublishRecord[] group = new PublishRecord[100];
    for (int i = 0; i < group.length; i++) {
      group[i] = keyed("k" + i, "v");
    }
    for (int i = 0; i < 25; i++) {
      publishing(group);
    }

    // Whole groups only.
    assertThat(outcome(log, compact(Log.LOG_MAIN, 2_500)))
        .isEqualTo(new Outcome.Compacted(1_000, true));
    assertThat(outcome(log, compact(Log.LOG_MAIN, 2_500)))
        .isEqualTo(new Outcome.Compacted(2_000, true));
    assertThat(outcome(log, compact(Log.LOG_MAIN, 2_500)))
        .isEqualTo(new Outcome.Compacted(2_500, true));
    assertThat(
            ids(
                log.readKeys(SWARM, Log.LOG_MAIN, KEYS, 2_500, KeyInterval.ALL, MANY_BYTES)
                    .operations()))
        .hasSize(100)
        .allMatch(opId -> opId > 2_400);
  }

  @Test
  void shouldReadTheNewestOfAScopeAboveTheHorizon() {
    publishing(keyed("a", "1"));
    publishing(event("e"));
    publishing(keyed("b", "2"));
    publishing(keyed("a", "3"));

    assertThat(ids(log.newestInScope(SWARM, Log.LOG_MAIN, KEYS, 2))).containsExactly(4L, 3L);
    assertThat(ids(log.newestInScope(SWARM, Log.LOG_MAIN, KEYS, 9))).containsExactly(4L, 3L, 1L);
    outcome(log, compact(Log.LOG_MAIN, 3));
    assertThat(ids(log.newestInScope(SWARM, Log.LOG_MAIN, KEYS, 9))).containsExactly(4L);
    Scope nothing = scope(Topic.TOPIC_ALERTS, ALL);
    assertThat(log.newestInScope(SWARM, Log.LOG_MAIN, nothing, 9)).isEmpty();
  }

  @Test
  void shouldPassABoundedNumberOfBytesAtATime() {
    for (int i = 0; i < 12; i++) {
      publishing(event("x".repeat(1 << 20)));
    }

    assertThat(outcome(log, compact(Log.LOG_MAIN, 12))).isEqualTo(new Outcome.Compacted(3, true));
    assertThat(outcome(log, compact(Log.LOG_MAIN, 12))).isEqualTo(new Outcome.Compacted(6, true));
  }

  @Test
  void shouldPassAGroupThatIsLargerThanItsBounds() {
    PublishRecord[] group = new PublishRecord[EventLog.MAX_COMPACTED_PER_COMMAND + 7];
    java.util.Arrays.fill(group, event("e"));
    publishing(group);
    publishing(event("e"));

    assertThat(outcome(log, compact(Log.LOG_MAIN, group.length + 1)))
        .isEqualTo(new Outcome.Compacted(group.length, true));
  }

  @Test
  void shouldPassOperationsOfEarlierEntriesOnlyAndOncePerEntry() {
    publishing(event("1"));
    publishing(event("2"));

    assertThat(
            commit(
                    log,
                    append(publish(SWARM, Log.LOG_MAIN, event("3")).build()),
                    compact(Log.LOG_MAIN, 1),
                    compact(Log.LOG_MAIN, 3))
                .outcomes()
                .subList(1, 3))
        .containsExactly(new Outcome.Compacted(1, true), new Outcome.Compacted(1, false));
    assertThat(
            commit(
                    log,
                    append(publish(SWARM, Log.LOG_MAIN, event("4")).build()),
                    compact(Log.LOG_MAIN, 4))
                .outcomes()
                .get(1))
        .isEqualTo(new Outcome.Compacted(3, true));
  }

  @Test
  void shouldForgetADeadKeyAndTakeItForANewOneInTheSameEntry() throws Exception {
    // given
    publishing(keyed("k", "v"));
    publishing(tombstone(Topic.TOPIC_RECONCILIATION, ALL, "k"));

    // when
    StoredOperation again =
        commit(
                log,
                compact(Log.LOG_MAIN, 2),
                append(publish(SWARM, Log.LOG_MAIN, keyed("k", "w")).build()))
            .runs()
            .get(0)
            .operations()
            .get(0);

    // then
    assertThat(ModelAgent.parsed(again).getKeyExisted()).isFalse();
    log = reopen(log);
    assertThat(log.newestOfKey(SWARM, Log.LOG_MAIN, KEYS, "k", 2)).isEmpty();
    assertThat(
            ids(
                log.readKeys(SWARM, Log.LOG_MAIN, KEYS, 3, KeyInterval.ALL, MANY_BYTES)
                    .operations()))
        .containsExactly(3L);
    assertThat(ids(delta(DeltaBounds.from(0, 3), 0))).containsExactly(3L);
    publishing(keyed("k", "x"));
    assertThat(ids(delta(DeltaBounds.from(2, 4), 2))).containsExactly(4L);
  }

  @Test
  void shouldAnswerAtTheHorizonWhereItsOperationHasGone() {
    publishing(keyed("k", "v"));
    publishing(event("2"));
    byte[] hash = log.runningHash(SWARM, Log.LOG_MAIN, 2).orElseThrow();
    commit(log, compact(Log.LOG_MAIN, 2));
    log = reopen(log);

    assertThat(log.runningHash(SWARM, Log.LOG_MAIN, 2)).hasValue(hash);
    assertThat(log.read(SWARM, Log.LOG_MAIN, EVERYTHING, 2, 2, 1).runningHash()).isEqualTo(hash);
    publishing(event("3"));
    assertThat(log.runningHash(SWARM, Log.LOG_MAIN, 2)).hasValue(hash);
    assertThat(log.runningHash(SWARM, Log.LOG_MAIN, 1)).as("kept").isPresent();
    publishing(keyed("k", "w"));
    commit(log, compact(Log.LOG_MAIN, 4));
    assertThat(log.runningHash(SWARM, Log.LOG_MAIN, 2)).isEmpty();
    assertThat(log.runningHash(SWARM, Log.LOG_MAIN, 0)).hasValue(new byte[16]);
  }

  @Test
  void shouldRefuseWhatIsAskedBelowTheHorizon() {
    for (int i = 0; i < 6; i++) {
      publishing(keyed("k", "v" + i));
    }
    commit(log, compact(Log.LOG_MAIN, 4));

    assertThatThrownBy(() -> log.read(SWARM, Log.LOG_MAIN, EVERYTHING, 3, 6, 1))
        .isInstanceOf(BelowHorizonException.class)
        .hasMessage(
            "Expected an operation from the horizon of main of swarm 'hive' on, which is 4, but"
                + " got 3: what lies below has been compacted.");
    List<Runnable> questions =
        List.of(
            () -> log.read(SWARM, Log.LOG_MAIN, EVERYTHING, 0, 6, 1),
            () -> log.readEvents(SWARM, Log.LOG_MAIN, EVERYTHING, 0, 6, 1),
            () -> log.readKeys(SWARM, Log.LOG_MAIN, KEYS, 3, KeyInterval.ALL, 1),
            () -> log.readKeyDigests(SWARM, Log.LOG_MAIN, KEYS, 0, KeyInterval.ALL),
            () -> log.countVersions(SWARM, Log.LOG_MAIN, KEYS, "k", 3, 6, 9),
            () -> log.newestOfKey(SWARM, Log.LOG_MAIN, KEYS, "k", 3),
            () -> log.count(SWARM, Log.LOG_MAIN, View.of(java.util.Set.of(KEYS)), 3, 6),
            () -> log.count(SWARM, Log.LOG_MAIN, View.of(java.util.Set.of(KEYS)), 0, 3),
            () -> log.keyedBounds(SWARM, Log.LOG_MAIN, EVERYTHING, 3, 6),
            () -> log.sums(SWARM, Log.LOG_MAIN, EVERYTHING, 3),
            () -> log.lostEvents(SWARM, Log.LOG_MAIN, EVERYTHING, List.of(), 3),
            () -> delta(DeltaBounds.from(3, 6), 3),
            () -> delta(DeltaBounds.from(0, 3), 0),
            () -> delta(DeltaBounds.from(0, 6), 2),
            () -> delta(DeltaBounds.resumed(0, 1, 5, 6), 1),
            () -> delta(DeltaBounds.inexact(0, 6), 0));
    for (Runnable question : questions) {
      assertThatThrownBy(question::run)
          .isInstanceOfSatisfying(
              BelowHorizonException.class,
              refused -> assertThat(refused.horizonOpId()).isEqualTo(4));
    }
  }

  @Test
  void shouldSendADeletionWhoseBaseFellBelowTheHorizon() {
    // given a reader that has k = v0, and a delta to 5, in which k is deleted
    publishing(keyed("k", "v0"));
    publishing(keyed("a", "v"), keyed("b", "v"));
    publishing(keyed("k", "v1"));
    publishing(tombstone(Topic.TOPIC_RECONCILIATION, ALL, "k"));
    DeltaBounds bounds = DeltaBounds.from(1, 5);
    Page first = log.readDelta(SWARM, Log.LOG_MAIN, EVERYTHING, bounds, 1, 1);
    assertThat(first.toInclusive()).isEqualTo(3);

    // when
    commit(log, compact(Log.LOG_MAIN, 3));

    // then what k was at 1 is not known any more, and the deletion is sent all the same
    assertThat(ids(delta(bounds, 3))).containsExactly(5L);
    commit(log, compact(Log.LOG_MAIN, 4));
    assertThatThrownBy(() -> delta(bounds, 3)).isInstanceOf(BelowHorizonException.class);
  }

  @Test
  void shouldAccountForLostEventsInADeltaFromNothing() {
    // given
    publishing(keyed("k", "v"), event("2"));
    publishing(event("3"));
    List<ScopeSums> early = log.sums(SWARM, Log.LOG_MAIN, EVERYTHING, 2);
    publishing(keyed("l", "v"));
    publishing(event("5"));
    commit(log, compact(Log.LOG_MAIN, 4));

    // when
    Page page = delta(DeltaBounds.from(0, 5), 0);

    // then
    assertThat(ids(page)).containsExactly(1L, 4L, 5L);
    List<Skipped> lost = log.lostEvents(SWARM, Log.LOG_MAIN, EVERYTHING, List.of(), 4);
    assertThat(lost).extracting(Skipped::getCount).containsExactly(2L);
    assertThat(page.skipped()).isEqualTo(lost);
    ModelAgent agent = new ModelAgent();
    agent.commit(page, DeltaBounds.from(0, 5), true);
    assertThat(agent.differing(log.sums(SWARM, Log.LOG_MAIN, EVERYTHING, 5))).isEmpty();
    // And to one that had been given one of the two:
    assertThat(log.lostEvents(SWARM, Log.LOG_MAIN, EVERYTHING, early, 4))
        .extracting(Skipped::getCount)
        .containsExactly(1L);
    assertThat(
            log.lostEvents(
                SWARM, Log.LOG_MAIN, EVERYTHING, log.sums(SWARM, Log.LOG_MAIN, EVERYTHING, 4), 4))
        .isEmpty();
  }

  @Test
  void shouldGoOnFromNothingWhileNoEventWasHandedOut() {
    for (int i = 0; i < 8; i++) {
      publishing(keyed("k" + i, "v"), event("e"));
    }
    commit(log, compact(Log.LOG_MAIN, 8));
    DeltaBounds bounds = DeltaBounds.from(0, 16);
    ModelAgent agent = new ModelAgent();
    while (agent.cursor() < 5) {
      bounds = nextPage(agent, bounds);
    }
    assertThat(agent.cursor()).isLessThan(8);

    // when the horizon moves on
    commit(log, compact(Log.LOG_MAIN, 12));
    while (agent.cursor() < 16) {
      bounds = nextPage(agent, bounds);
    }

    // then
    assertThat(agent.differing(log.sums(SWARM, Log.LOG_MAIN, EVERYTHING, 16))).isEmpty();
    assertThat(agent.keys()).hasSize(8);
  }

  @Test
  void shouldReadKeysWithoutEventsWhereverTheHorizonMovesMeanwhile() {
    // given
    for (int i = 0; i < 8; i++) {
      publishing(keyed("k" + i, "v"), event("e"));
    }
    DeltaBounds keys = DeltaBounds.from(0, 12).withoutEvents();

    // when it is read page by page, and the horizon passes the cursor, and comes to the target
    List<Long> read = new ArrayList<>();
    long cursor = 0;
    while (cursor < 12) {
      Page page = log.readDelta(SWARM, Log.LOG_MAIN, EVERYTHING, keys, cursor, 1);
      page.operations().forEach(operation -> read.add(operation.opId()));
      keys = keys.after(page);
      cursor = page.toInclusive();
      if (cursor == 4) {
        commit(log, compact(Log.LOG_MAIN, 8));
      } else if (cursor == 10) {
        commit(log, compact(Log.LOG_MAIN, 12));
      }
    }

    // then
    assertThat(read).containsExactly(1L, 3L, 5L, 7L, 9L, 11L);
  }

  @Test
  void shouldRememberAnswers() {
    // given
    commit(log, openProducer(SWARM, "p", Log.LOG_MAIN, 0));
    Append.Builder numbered = publish("p", 1, 1, event("1"));
    Append.Builder once = publish(SWARM, Log.LOG_MAIN, event("2"));
    once.getGroupBuilder().setIdempotencyKey("once");
    Outcome.Appended first = (Outcome.Appended) outcome(log, numbered);
    Outcome.Appended second = (Outcome.Appended) outcome(log, once);

    // when
    commit(log, compact(Log.LOG_MAIN, 2));
    log = reopen(log);

    // then
    assertThat(outcome(log, numbered))
        .isEqualTo(new Outcome.Appended(1, first.last(), /* duplicate= */ true));
    assertThat(outcome(log, once))
        .isEqualTo(new Outcome.Appended(2, second.last(), /* duplicate= */ true));
  }

  @Test
  void shouldNotGoOnFromNothingWhereEventsWereHandedOut() {
    for (int i = 0; i < 8; i++) {
      publishing(keyed("k" + i, "v"), event("e"));
    }
    ModelAgent agent = new ModelAgent();
    DeltaBounds rest = nextPage(agent, DeltaBounds.from(0, 16));

    commit(log, compact(Log.LOG_MAIN, 12));

    assertThatThrownBy(() -> nextPage(agent, rest)).isInstanceOf(BelowHorizonException.class);
  }

  private DeltaBounds nextPage(ModelAgent agent, DeltaBounds bounds) {
    Page page = log.readDelta(SWARM, Log.LOG_MAIN, EVERYTHING, bounds, agent.cursor(), 1);
    agent.commit(page, bounds, /* exact= */ true);
    return bounds.after(page);
  }

  private void publishing(PublishRecord... records) {
    commit(log, append(publish(SWARM, Log.LOG_MAIN, records).build()));
  }

  private Outcome.Refused refusal(dev.swarmlog.storage.v1.Command command) {
    return (Outcome.Refused) outcome(log, command);
  }

  private Page delta(DeltaBounds bounds, long cursor) {
    return log.readDelta(SWARM, Log.LOG_MAIN, EVERYTHING, bounds, cursor, MANY_BYTES);
  }

  private long horizon() {
    return log.swarm(SWARM).orElseThrow().horizonOpId(Log.LOG_MAIN);
  }

  private String rows() {
    StringBuilder rows = new StringBuilder();
    log.dump(
        row -> {
          if (!row.family().equals("meta")) {
            rows.append(row.family()).append(java.util.HexFormat.of().formatHex(row.key()));
          }
        });
    return rows.toString();
  }

  private static List<Long> ids(Page page) {
    return ids(page.operations());
  }

  private static List<Long> ids(List<StoredOperation> operations) {
    return operations.stream().map(StoredOperation::opId).toList();
  }
}
