package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.ALL;
import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.agent;
import static dev.swarmlog.storage.eventlog.Entries.append;
import static dev.swarmlog.storage.eventlog.Entries.commit;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.event;
import static dev.swarmlog.storage.eventlog.Entries.keyed;
import static dev.swarmlog.storage.eventlog.Entries.next;
import static dev.swarmlog.storage.eventlog.Entries.openProducer;
import static dev.swarmlog.storage.eventlog.Entries.outcome;
import static dev.swarmlog.storage.eventlog.Entries.publish;
import static dev.swarmlog.storage.eventlog.Entries.tombstone;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.OpenProducer;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How every form of the event log tells a retry from something new. */
public abstract class DedupeContract {

  private EventLog log;

  /** A new, empty log. */
  protected abstract EventLog open();

  @BeforeEach
  void openLog() {
    log = open();
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void shouldAnswerRetryAsFirstTime() {
    // given
    commit(log, createSwarm(SWARM), openProducer(SWARM, "p", Log.LOG_MAIN, 0));
    Outcome.Appended first = (Outcome.Appended) outcome(log, publish("p", 1, 1, event("a")));
    outcome(log, publish("p", 1, 2, event("b")));

    // when
    Outcome.Appended again = (Outcome.Appended) outcome(log, publish("p", 1, 1, event("a")));

    // then
    assertThat(again.duplicate()).isTrue();
    assertThat(again.firstOpId()).isEqualTo(first.firstOpId());
    assertThat(again.last()).isEqualTo(first.last());
    assertThat(log.swarm(SWARM).orElseThrow().mainHead().getOpId()).isEqualTo(2);
  }

  @Test
  void shouldRefuseGapsWithExpectedNumberAndNotUseThemUp() {
    // given
    commit(log, createSwarm(SWARM), openProducer(SWARM, "p", Log.LOG_MAIN, 0));

    // when
    Outcome.Refused gap = (Outcome.Refused) outcome(log, publish("p", 1, 2, event("b")));

    // then
    assertThat(gap.reason()).isEqualTo(ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE);
    assertThat(gap.metadata()).containsEntry("expected_number", "1");
    assertThat(outcome(log, publish("p", 1, 1, event("a")))).isInstanceOf(Outcome.Appended.class);
    assertThat(outcome(log, publish("p", 1, 2, event("b")))).isInstanceOf(Outcome.Appended.class);
  }

  @Test
  void shouldTellRetryFromOtherContent() {
    // given
    commit(log, createSwarm(SWARM), openProducer(SWARM, "p", Log.LOG_MAIN, 0));
    PublishRecord record = keyed("k", "v");
    outcome(log, publish("p", 1, 1, record));

    // then
    assertThat(duplicate(record.toBuilder().setTraceparent("other").build())).isTrue();
    assertThat(duplicate(record.toBuilder().setPublishTimeUnixNano(7).build())).isTrue();
    for (PublishRecord other :
        List.of(
            keyed("k", "w"),
            keyed("l", "v"),
            keyed(Topic.TOPIC_ALERTS, ALL, "k", "v"),
            keyed(Topic.TOPIC_RECONCILIATION, agent("a"), "k", "v"),
            event(Topic.TOPIC_RECONCILIATION, ALL, "v"),
            tombstone(Topic.TOPIC_RECONCILIATION, ALL, "k"))) {
      assertThat(reason(outcome(log, publish("p", 1, 1, other))))
          .isEqualTo(ErrorReason.ERROR_REASON_REQUEST_CONFLICT);
    }
    assertThat(reason(outcome(log, publish("p", 1, 1, record, record))))
        .isEqualTo(ErrorReason.ERROR_REASON_REQUEST_CONFLICT);
  }

  @Test
  void shouldAnswerRetryInsideOneEntry() {
    // given
    commit(log, createSwarm(SWARM), openProducer(SWARM, "p", Log.LOG_MAIN, 0));
    Command command = append(publish("p", 1, 1, event("a")).build());

    // when
    Applied applied = commit(log, command, command);

    // then
    assertThat(((Outcome.Appended) applied.outcomes().get(0)).duplicate()).isFalse();
    assertThat(((Outcome.Appended) applied.outcomes().get(1)).duplicate()).isTrue();
    assertThat(applied.runs().get(0).operations()).hasSize(1);
  }

  @Test
  void shouldRememberAWindowOfAnswersAndSayWhenOneIsGone() {
    // given
    commit(log, createSwarm(SWARM), openProducer(SWARM, "p", Log.LOG_MAIN, 0));
    int count = EventLog.DEDUPE_WINDOW + 3;
    List<Command> commands = new ArrayList<>();
    for (int number = 1; number <= count; number++) {
      commands.add(append(publish("p", 1, number, event("e" + number)).build()));
    }
    commit(log, commands.toArray(new Command[0]));

    // then
    assertThat(reason(outcome(log, publish("p", 1, 3, event("e3")))))
        .isEqualTo(ErrorReason.ERROR_REASON_REQUEST_TOO_OLD);
    Outcome.Appended oldest = (Outcome.Appended) outcome(log, publish("p", 1, 4, event("e4")));
    assertThat(oldest.duplicate()).isTrue();
    assertThat(oldest.firstOpId()).isEqualTo(4);
    assertThat(oldest.last().getRunningHash().toByteArray())
        .isEqualTo(log.runningHash(SWARM, Log.LOG_MAIN, 4).orElseThrow());
  }

  @Test
  void shouldFenceOlderEpochOfProducer() {
    // given
    commit(log, createSwarm(SWARM), openProducer(SWARM, "p", Log.LOG_MAIN, 0));
    outcome(log, publish("p", 1, 1, event("a")));

    // when
    Outcome resumed = outcome(log, openProducer(SWARM, "p", Log.LOG_MAIN, 1));
    Outcome reopened = outcome(log, openProducer(SWARM, "p", Log.LOG_MAIN, 0));

    // then
    assertThat(resumed).isEqualTo(new Outcome.ProducerOpened(1, 2));
    assertThat(reopened).isEqualTo(new Outcome.ProducerOpened(2, 1));
    assertThat(reason(outcome(log, publish("p", 1, 2, event("b")))))
        .isEqualTo(ErrorReason.ERROR_REASON_PRODUCER_FENCED);
    assertThat(reason(outcome(log, openProducer(SWARM, "p", Log.LOG_MAIN, 1))))
        .isEqualTo(ErrorReason.ERROR_REASON_PRODUCER_FENCED);
    assertThat(reason(outcome(log, openProducer(SWARM, "p", Log.LOG_MAIN, 3))))
        .isEqualTo(ErrorReason.ERROR_REASON_EPOCH_MISMATCH);
    assertThat(reason(outcome(log, openProducer(SWARM, "q", Log.LOG_MAIN, 1))))
        .isEqualTo(ErrorReason.ERROR_REASON_EPOCH_MISMATCH);
    assertThat(((Outcome.Appended) outcome(log, publish("p", 2, 1, event("b")))).firstOpId())
        .isEqualTo(2);
  }

  @Test
  void shouldLetAProducerBelongToThePrincipalThatFirstUsedIt() {
    // given
    commit(log, createSwarm(SWARM), openProducer(SWARM, "p", Log.LOG_MAIN, 0));

    // when
    OpenProducer stranger =
        openProducer(SWARM, "p", Log.LOG_CONTROL, 0).getOpenProducer().toBuilder()
            .setPrincipal("stranger")
            .build();
    Append strangersGroup = publish("p", 1, 1, event("a")).setPrincipal("stranger").build();

    // then
    assertThat(reason(outcome(log, Command.newBuilder().setOpenProducer(stranger).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_PERMISSION_DENIED);
    assertThat(reason(outcome(log, append(strangersGroup))))
        .isEqualTo(ErrorReason.ERROR_REASON_PERMISSION_DENIED);
    assertThat(outcome(log, openProducer(SWARM, "p", Log.LOG_CONTROL, 0)))
        .isEqualTo(new Outcome.ProducerOpened(1, 1));
  }

  @Test
  void shouldRememberIdempotencyKeyUntilItExpires() {
    // given
    commit(log, createSwarm(SWARM));
    outcome(log, withKey("once", event("a")));
    long appended = log.loggedUnixNs();
    long expiry = appended + EventLog.IDEMPOTENCY_TTL_NS;

    // then
    assertThat(((Outcome.Appended) outcome(log, withKey("once", event("a")))).duplicate()).isTrue();
    assertThat(reason(outcome(log, withKey("once", event("b")))))
        .isEqualTo(ErrorReason.ERROR_REASON_REQUEST_CONFLICT);
    assertThat(duplicateAt(expiry - 1, withKey("once", event("a")))).isTrue();
    assertThat(duplicateAt(expiry, withKey("once", event("a")))).isFalse();
    assertThat(duplicateAt(expiry + 1, withKey("once", event("a")))).isTrue();
    assertThat(log.swarm(SWARM).orElseThrow().mainHead().getOpId()).isEqualTo(2);
  }

  @Test
  void shouldForgetExpiredIdempotencyKeysFasterThanTheyAreAdded() {
    // given
    commit(log, createSwarm(SWARM));
    for (int i = 0; i < 40; i++) {
      outcome(log, withKey("old" + i, event("a")));
    }
    int before = rows("meta").size();
    long afterExpiry = log.loggedUnixNs() + EventLog.IDEMPOTENCY_TTL_NS + 1;

    // when
    for (int i = 0; i < 10; i++) {
      assertThat(duplicateAt(afterExpiry + i, withKey("new" + i, event("a")))).isFalse();
    }

    // then 40 pairs of rows are gone and 10 are new
    assertThat(rows("meta")).hasSize(before - 2 * 40 + 2 * 10);
  }

  @Test
  void shouldUseUpTheNumberOfAGroupKnownByItsIdempotencyKey() {
    // given
    commit(log, createSwarm(SWARM), openProducer(SWARM, "p", Log.LOG_MAIN, 0));
    outcome(log, withKey("once", event("a")));
    Append.Builder numbered = publish("p", 1, 1, event("a"));
    numbered.getGroupBuilder().setIdempotencyKey("once");

    // when
    Outcome.Appended first = (Outcome.Appended) outcome(log, numbered);
    Outcome.Appended again = (Outcome.Appended) outcome(log, numbered);
    Outcome.Appended next = (Outcome.Appended) outcome(log, publish("p", 1, 2, event("b")));

    // then
    assertThat(first.duplicate()).isTrue();
    assertThat(again).isEqualTo(first);
    assertThat(next.firstOpId()).isEqualTo(2);
  }

  private boolean duplicate(PublishRecord record) {
    return ((Outcome.Appended) outcome(log, publish("p", 1, 1, record))).duplicate();
  }

  private boolean duplicateAt(long loggedUnixNs, Append.Builder command) {
    Applied applied = log.apply(next(log, loggedUnixNs, List.of(append(command.build()))));
    log.sync();
    return ((Outcome.Appended) applied.outcomes().get(0)).duplicate();
  }

  private static Append.Builder withKey(String idempotencyKey, PublishRecord record) {
    Append.Builder append = publish(SWARM, Log.LOG_MAIN, record);
    append.getGroupBuilder().setIdempotencyKey(idempotencyKey);
    return append;
  }

  private List<EventLog.Row> rows(String family) {
    List<EventLog.Row> rows = new ArrayList<>();
    log.dump(
        row -> {
          if (row.family().equals(family)) {
            rows.add(row);
          }
        });
    return rows;
  }

  private static ErrorReason reason(Outcome outcome) {
    return ((Outcome.Refused) outcome).reason();
  }
}
