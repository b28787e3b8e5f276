package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.FIRST_EPOCH;
import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.commit;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.event;
import static dev.swarmlog.storage.eventlog.Entries.next;
import static dev.swarmlog.storage.eventlog.Entries.openProducer;
import static dev.swarmlog.storage.eventlog.Entries.outcome;
import static dev.swarmlog.storage.eventlog.Entries.publish;
import static dev.swarmlog.storage.eventlog.Entries.startEpoch;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.AncestorEpoch;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every form of the event log must do when a new epoch begins. */
public abstract class EpochContract {

  private static final long SECOND = 0x5ec0L;
  private static final long THIRD = 0x7418L;

  private EventLog log;

  /** A new, empty log. */
  protected abstract EventLog open();

  /** The same log, opened again; itself where that is not possible. */
  protected abstract EventLog reopen(EventLog open);

  @BeforeEach
  void openLog() {
    log = open();
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void shouldBeginEpochAtTheHeads() {
    // given
    commit(log, createSwarm(SWARM), createSwarm("other"), append("a"), append("b"), control());
    SwarmState before = state();

    // when
    Outcome outcome = outcome(log, startEpoch(SWARM, SECOND));

    // then
    SwarmState after = state();
    assertThat(after.epoch()).isEqualTo(SECOND);
    assertThat(after.incarnation()).isEqualTo(before.incarnation());
    assertThat(after.createdUnixNs()).isEqualTo(before.createdUnixNs());
    assertThat(after.mainHead()).isEqualTo(in(SECOND, before.mainHead()));
    assertThat(after.controlHead()).isEqualTo(in(SECOND, before.controlHead()));
    AncestorEpoch first =
        new AncestorEpoch(FIRST_EPOCH, before.mainHead(), before.controlHead(), log.loggedUnixNs());
    assertThat(after.ancestors()).containsExactly(first);
    assertThat(after.ancestor(FIRST_EPOCH)).contains(first);
    assertThat(after.ancestor(SECOND)).isEmpty();
    assertThat(first.fork(Log.LOG_MAIN).getOpId()).isEqualTo(2);
    assertThat(first.fork(Log.LOG_CONTROL).getOpId()).isEqualTo(1);
    assertThat(outcome).isEqualTo(new Outcome.EpochStarted(after, first));
    assertThat(log.swarm("other").orElseThrow().epoch()).isEqualTo(FIRST_EPOCH);
    assertThat(log.swarm("other").orElseThrow().ancestors()).isEmpty();
  }

  @Test
  void shouldGoOnWithTheLogsInTheNewEpoch() {
    // given
    commit(log, createSwarm(SWARM), append("a"));
    byte[] hash = state().mainHead().getRunningHash().toByteArray();

    // when
    commit(log, startEpoch(SWARM, SECOND));
    Outcome appended = outcome(log, append("b"));

    // then
    assertThat(appended)
        .isInstanceOfSatisfying(
            Outcome.Appended.class,
            answer -> {
              assertThat(answer.firstOpId()).isEqualTo(2);
              assertThat(answer.last()).isEqualTo(state().mainHead());
              assertThat(answer.last().getEpoch()).isEqualTo(SECOND);
            });
    assertThat(log.runningHash(SWARM, Log.LOG_MAIN, 1)).contains(hash);
    assertThat(state().ancestors().get(0).mainFork().getOpId()).isEqualTo(1);
  }

  @Test
  void shouldAnswerARetryAsItDidInTheEpochBefore() {
    // given
    Command first = Entries.append(publish("p", 1, 1, event("a")).build());
    commit(log, createSwarm(SWARM), openProducer(SWARM, "p", Log.LOG_MAIN, 0));
    Outcome answer = outcome(log, first);

    // when
    commit(log, startEpoch(SWARM, SECOND));
    Outcome again = outcome(log, first);

    // then
    assertThat(answer)
        .isInstanceOfSatisfying(
            Outcome.Appended.class,
            appended ->
                assertThat(again)
                    .isEqualTo(new Outcome.Appended(1, appended.last(), /* duplicate= */ true)));
    assertThat(state().mainHead().getOpId()).isEqualTo(1);
  }

  @Test
  void shouldShowTheEpochOnceItIsDurable() {
    // given
    commit(log, createSwarm(SWARM));

    // when
    log.apply(next(log, List.of(startEpoch(SWARM, SECOND))));
    SwarmState before = state();
    log.sync();

    // then
    assertThat(before.epoch()).isEqualTo(FIRST_EPOCH);
    assertThat(before.ancestors()).isEmpty();
    assertThat(state().epoch()).isEqualTo(SECOND);
  }

  @Test
  void shouldBeginEpochBehindWhatTheSameEntryAppended() {
    // given
    commit(log, createSwarm(SWARM));

    // when
    commit(log, append("a"), startEpoch(SWARM, SECOND), append("b"));

    // then
    assertThat(state().ancestors().get(0).mainFork().getOpId()).isEqualTo(1);
    assertThat(state().mainHead().getOpId()).isEqualTo(2);
    assertThat(state().mainHead().getEpoch()).isEqualTo(SECOND);
  }

  @Test
  void shouldRefuseAnEpochThatIsNoneOrWasInUse() {
    // given
    commit(log, createSwarm(SWARM), startEpoch(SWARM, SECOND));
    SwarmState before = state();

    // when
    Outcome unknown = outcome(log, startEpoch("nowhere", THIRD));
    Outcome none = outcome(log, startEpoch(SWARM, 0));
    Outcome inUse = outcome(log, startEpoch(SWARM, SECOND));
    Outcome ancestor = outcome(log, startEpoch(SWARM, FIRST_EPOCH));

    // then
    assertRefused(unknown, ErrorReason.ERROR_REASON_SWARM_NOT_FOUND);
    assertRefused(none, ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertRefused(inUse, ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertRefused(ancestor, ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void shouldKnowEpochsAfterARestart() {
    // given
    commit(log, createSwarm(SWARM), append("a"), control());
    commit(log, startEpoch(SWARM, SECOND));
    commit(log, append("b"));
    commit(log, startEpoch(SWARM, THIRD));
    SwarmState before = state();

    // when
    log = reopen(log);

    // then
    assertThat(state()).isEqualTo(before);
    assertThat(state().ancestors())
        .extracting(AncestorEpoch::epoch)
        .containsExactly(SECOND, FIRST_EPOCH);
    assertThat(state().ancestors())
        .extracting(ancestor -> ancestor.mainFork().getOpId())
        .containsExactly(2L, 1L);
  }

  @Test
  void shouldRememberTheNewestAncestors() {
    // given
    commit(log, createSwarm(SWARM));

    // when
    int more = 3;
    for (int i = 1; i <= EventLog.MAX_ANCESTORS + more; i++) {
      commit(log, startEpoch(SWARM, i), append("a" + i));
    }

    // then the oldest are unknown
    assertThat(state().ancestors()).hasSize(EventLog.MAX_ANCESTORS);
    assertThat(state().ancestors().get(0).epoch()).isEqualTo(EventLog.MAX_ANCESTORS + more - 1);
    assertThat(state().ancestors().get(EventLog.MAX_ANCESTORS - 1).epoch()).isEqualTo(more);
    assertThat(state().ancestor(more - 1)).isEmpty();
  }

  private SwarmState state() {
    return log.swarm(SWARM).orElseThrow();
  }

  private static Command append(String text) {
    return Entries.append(publish(SWARM, Log.LOG_MAIN, event(text)).build());
  }

  private static Command control() {
    return Entries.append(
        publish(SWARM, Log.LOG_CONTROL, event(Topic.TOPIC_CONTROL, Entries.ALL, "pause")).build());
  }

  private static Position in(long epoch, Position position) {
    return position.toBuilder().setEpoch(epoch).build();
  }

  private static void assertRefused(Outcome outcome, ErrorReason reason) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
  }
}
