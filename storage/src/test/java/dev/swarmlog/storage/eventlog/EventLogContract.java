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
import static dev.swarmlog.storage.eventlog.Entries.scope;
import static dev.swarmlog.storage.eventlog.Entries.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.CommittedRun;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Topic;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every form of the event log must do. */
public abstract class EventLogContract {

  private static final int MANY_BYTES = 1 << 20;

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
  void shouldCreateSwarmOnce() {
    // when
    Outcome first = outcome(log, createSwarm(SWARM));
    Outcome second = outcome(log, createSwarm(SWARM));

    // then
    assertThat(first).isInstanceOf(Outcome.SwarmCreated.class);
    assertThat(reason(second)).isEqualTo(ErrorReason.ERROR_REASON_SWARM_EXISTS);
    SwarmState swarm = log.swarm(SWARM).orElseThrow();
    assertThat(swarm.incarnation()).isEqualTo(0x1ca7L);
    assertThat(swarm.mainHead().getOpId()).isZero();
    assertThat(swarm.mainHead().getRunningHash().toByteArray()).isEqualTo(new byte[16]);
    assertThat(swarm.controlHead().getLog()).isEqualTo(Log.LOG_CONTROL);
    assertThat(log.swarmNames()).containsExactly(SWARM);
  }

  @Test
  void shouldAppendGroupDenselyAndReadItBack() throws InvalidProtocolBufferException {
    // given
    commit(log, createSwarm(SWARM));

    // when
    Applied applied =
        commit(
            log,
            append(publish(SWARM, Log.LOG_MAIN, event("a"), keyed("k", "b")).build()),
            append(publish(SWARM, Log.LOG_MAIN, keyed("k", "c")).build()));

    // then
    CommittedRun run = applied.runs().get(0);
    assertThat(applied.runs()).hasSize(1);
    assertThat(run.fromExclusive()).isZero();
    assertThat(run.to()).isEqualTo(log.swarm(SWARM).orElseThrow().mainHead());
    assertThat(ids(run.operations())).containsExactly(1L, 2L, 3L);
    Page page = log.read(SWARM, Log.LOG_MAIN, View.everything(), 0, 3, MANY_BYTES);
    assertThat(page.toInclusive()).isEqualTo(3);
    assertThat(page.runningHash()).isEqualTo(run.to().getRunningHash().toByteArray());
    assertThat(page.operations()).usingRecursiveComparison().isEqualTo(run.operations());
    Operation second = Operation.parseFrom(page.operations().get(1).bytes());
    assertThat(second.getGroupFirst()).isEqualTo(1);
    assertThat(second.getGroupLast()).isEqualTo(2);
    assertThat(second.getKeyExisted()).isFalse();
    assertThat(Operation.parseFrom(page.operations().get(2).bytes()).getKeyExisted()).isTrue();
    assertThat(second.getAppendTimeUnixNano()).isEqualTo(log.loggedUnixNs());
  }

  @Test
  void shouldShowOnlyWhatIsDurable() {
    // given
    commit(log, createSwarm(SWARM));

    // when
    log.apply(next(log, List.of(append(publish(SWARM, Log.LOG_MAIN, event("a")).build()))));

    // then
    assertThat(log.swarm(SWARM).orElseThrow().mainHead().getOpId()).isZero();
    assertThat(log.durableIndex()).isEqualTo(1);
    assertThatThrownBy(() -> log.read(SWARM, Log.LOG_MAIN, View.everything(), 0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    log.sync();
    assertThat(log.swarm(SWARM).orElseThrow().mainHead().getOpId()).isEqualTo(1);
    assertThat(log.durableIndex()).isEqualTo(2);
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
  void shouldReadDeltaWithNewestOperationPerKey() {
    // given
    commit(log, createSwarm(SWARM));
    commit(log, append(publish(SWARM, Log.LOG_MAIN, keyed("k", "1")).build()));
    commit(log, append(publish(SWARM, Log.LOG_MAIN, event("e")).build()));
    commit(log, append(publish(SWARM, Log.LOG_MAIN, keyed("k", "2")).build()));
    commit(log, append(publish(SWARM, Log.LOG_MAIN, keyed("l", "1")).build()));
    commit(
        log,
        append(
            publish(SWARM, Log.LOG_MAIN, tombstone(Topic.TOPIC_RECONCILIATION, ALL, "k")).build()));

    // then
    assertThat(delta(0, 5)).containsExactly(2L, 4L, 5L);
    assertThat(delta(0, 4)).containsExactly(2L, 3L, 4L);
    assertThat(delta(3, 4)).containsExactly(4L);
    assertThat(delta(0, 1)).containsExactly(1L);
  }

  @Test
  void shouldReadOnlyScopesOfView() {
    // given
    commit(log, createSwarm(SWARM));
    for (int i = 0; i < 20; i++) {
      commit(
          log,
          append(
              publish(SWARM, Log.LOG_MAIN, event(Topic.TOPIC_COMMANDS, agent("a" + i), "x"))
                  .build()));
    }

    // when
    View view = View.of(Set.of(scope(Topic.TOPIC_COMMANDS, agent("a7"))));
    Page page = log.read(SWARM, Log.LOG_MAIN, view, 0, 20, MANY_BYTES);

    // then
    assertThat(ids(page.operations())).containsExactly(8L);
    assertThat(page.toInclusive()).isEqualTo(20);
    assertThat(log.count(SWARM, Log.LOG_MAIN, view, 0, 20)).isEqualTo(1);
    assertThat(log.count(SWARM, Log.LOG_MAIN, view, 8, 20)).isZero();
    assertThat(log.sums(SWARM, Log.LOG_MAIN, View.everything(), 20)).hasSize(20);
    assertThat(log.sums(SWARM, Log.LOG_MAIN, view, 7)).isEmpty();
  }

  private List<Long> delta(long base, long target) {
    return ids(
        log.readDelta(SWARM, Log.LOG_MAIN, View.everything(), base, base, target, MANY_BYTES)
            .operations());
  }

  private static List<Long> ids(List<StoredOperation> operations) {
    return operations.stream().map(StoredOperation::opId).toList();
  }

  private static ErrorReason reason(Outcome outcome) {
    return ((Outcome.Refused) outcome).reason();
  }
}
