package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.ALL;
import static dev.swarmlog.storage.eventlog.Entries.START_UNIX_NS;
import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.append;
import static dev.swarmlog.storage.eventlog.Entries.commit;
import static dev.swarmlog.storage.eventlog.Entries.compact;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.cursors;
import static dev.swarmlog.storage.eventlog.Entries.event;
import static dev.swarmlog.storage.eventlog.Entries.keyed;
import static dev.swarmlog.storage.eventlog.Entries.publish;
import static dev.swarmlog.storage.eventlog.Entries.refusal;
import static dev.swarmlog.storage.eventlog.Entries.scope;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.OperationFailure;
import dev.swarmlog.storage.RecordedCursor;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack.Reaction;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every form of the event log tells of one operation and of who has it. */
public abstract class LifeReaderContract {

  private static final Scope FOR_ALL = scope(Topic.TOPIC_RECONCILIATION, ALL);

  private EventLog log;

  /** A new, empty log. */
  protected abstract EventLog open();

  @BeforeEach
  void openLog() {
    log = open();
    commit(log, createSwarm(SWARM), createSwarm("other"));
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void shouldListTheCursorsOfOneLogByName() {
    // given
    publishAll(event("one"), event("two"));
    commit(
        log,
        cursors("ben", Log.LOG_MAIN, 1),
        cursors("ann", Log.LOG_MAIN, 2),
        cursors("ann", Log.LOG_CONTROL, 0),
        cursors("cy", Log.LOG_CONTROL, 0));

    // then
    assertThat(log.recordedCursors(SWARM, Log.LOG_MAIN, 10))
        .containsExactly(new RecordedCursor("ann", 2), new RecordedCursor("ben", 1));
    assertThat(log.recordedCursors(SWARM, Log.LOG_MAIN, 1))
        .containsExactly(new RecordedCursor("ann", 2));
    assertThat(log.recordedCursors(SWARM, Log.LOG_CONTROL, 10))
        .extracting(RecordedCursor::agent)
        .containsExactly("ann", "cy");
    assertThat(log.recordedCursors("other", Log.LOG_MAIN, 10)).isEmpty();
  }

  @Test
  void shouldReadOneOperationAlsoWhereItHasExpired() {
    // given
    publishAll(
        event("early").toBuilder().setExpiresAtUnixNano(START_UNIX_NS + 1).build(), event("late"));

    // then
    assertThat(log.operation(SWARM, Log.LOG_MAIN, 1))
        .map(StoredOperation::toProto)
        .hasValueSatisfying(
            operation ->
                assertThat(operation.getPayload().getData().toStringUtf8()).isEqualTo("early"));
    assertThat(log.operation(SWARM, Log.LOG_MAIN, 0)).isEmpty();
    assertThat(log.operation(SWARM, Log.LOG_MAIN, 3)).isEmpty();
    assertThat(log.operation(SWARM, Log.LOG_CONTROL, 1)).isEmpty();
  }

  @Test
  void shouldReadNoOperationAtOrBelowTheHorizon() {
    // given a key that is live at the horizon, so that its row stays
    publishAll(keyed("k", "1"), event("e"), event("f"));

    // when
    commit(log, compact(Log.LOG_MAIN, 2));

    // then
    assertThat(log.operation(SWARM, Log.LOG_MAIN, 1)).isEmpty();
    assertThat(log.operation(SWARM, Log.LOG_MAIN, 2)).isEmpty();
    assertThat(log.operation(SWARM, Log.LOG_MAIN, 3)).isPresent();
  }

  @Test
  void shouldFindTheNextOperationOnAKey() {
    // given
    publishAll(
        keyed("k", "1"),
        keyed("k\u0000", "other"),
        keyed("ka", "other"),
        keyed("k", "2"),
        keyed("k", "3"));

    // then
    assertThat(next("k", 1)).isEqualTo(4);
    assertThat(next("k", 4)).isEqualTo(5);
    assertThat(next("k", 5)).isZero();
    assertThat(next("ka", 3)).isZero();
    assertThat(next("k", 0)).isEqualTo(1);
  }

  @Test
  void shouldTellWhoCouldNotApplyAnOperation() {
    // given
    publishAll(event("one"), event("two"));
    commit(
        log,
        refusal("ben", 1, Reaction.REACTION_PARK, 0),
        refusal("ann", 1, Reaction.REACTION_RETRY, 50),
        refusal("ann", 2, Reaction.REACTION_PARK, 0));

    // then
    assertThat(log.failuresOf(SWARM, Log.LOG_MAIN, 1))
        .extracting(OperationFailure::agent)
        .containsExactly("ann", "ben");
    OperationFailure retried = log.failuresOf(SWARM, Log.LOG_MAIN, 1).get(0);
    assertThat(retried.attempts()).isEqualTo(1);
    assertThat(retried.status().getMessage()).isEqualTo("failed at 1");
    assertThat(retried.retryAtUnixNs()).isPositive();
    assertThat(retried.parkedUnixNs()).isZero();
    assertThat(log.failuresOf(SWARM, Log.LOG_MAIN, 1).get(1).parkedUnixNs()).isPositive();
    assertThat(log.failuresOf(SWARM, Log.LOG_CONTROL, 1)).isEmpty();
    assertThat(log.failuresOf("other", Log.LOG_MAIN, 1)).isEmpty();
  }

  private long next(String key, long opId) {
    return log.nextOfKey(SWARM, Log.LOG_MAIN, FOR_ALL, key, opId);
  }

  private void publishAll(PublishRecord... records) {
    for (PublishRecord published : records) {
      commit(log, append(publish(SWARM, Log.LOG_MAIN, published).build()));
    }
  }
}
