package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.ALL;
import static dev.swarmlog.storage.eventlog.Entries.START_UNIX_NS;
import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.agent;
import static dev.swarmlog.storage.eventlog.Entries.append;
import static dev.swarmlog.storage.eventlog.Entries.compact;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.cursors;
import static dev.swarmlog.storage.eventlog.Entries.event;
import static dev.swarmlog.storage.eventlog.Entries.keyed;
import static dev.swarmlog.storage.eventlog.Entries.next;
import static dev.swarmlog.storage.eventlog.Entries.publish;
import static dev.swarmlog.storage.eventlog.Entries.purge;
import static dev.swarmlog.storage.eventlog.Entries.refusal;
import static dev.swarmlog.storage.eventlog.Entries.replay;
import static dev.swarmlog.storage.eventlog.Entries.role;
import static dev.swarmlog.storage.eventlog.Entries.tombstone;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.FailedOperation;
import dev.swarmlog.storage.FailedPage;
import dev.swarmlog.storage.FailureCounts;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.Expire;
import dev.swarmlog.storage.v1.RefuseOperation;
import dev.swarmlog.storage.v1.ReleaseRetries;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack.Reaction;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every form of the event log does with operations that agents could not apply. */
public abstract class FailedOperationsContract {

  private static final String AGENT = "worker";
  private static final Command RELEASE =
      Command.newBuilder().setReleaseRetries(ReleaseRetries.getDefaultInstance()).build();
  private static final Command EXPIRE =
      Command.newBuilder().setExpire(Expire.getDefaultInstance()).build();

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
  void shouldGiveAnEventAgainToTheAgentAloneWhenItsTimeHasCome() {
    // given
    commit(1, publishing(event("order")));
    Operation first = operation(1);

    // when
    Outcome refused = refuse(2, 1, Reaction.REACTION_RETRY, 10);

    // then
    assertThat(refused).isEqualTo(retry(1, 12));
    assertThat(log.nextTimerUnixNs()).hasValue(START_UNIX_NS + 12);
    assertThat(commit(11, RELEASE)).isEqualTo(new Outcome.RetriesReleased(0, 0));
    assertThat(commit(12, RELEASE)).isEqualTo(new Outcome.RetriesReleased(1, 0));
    assertThat(log.nextTimerUnixNs()).isEmpty();
    assertThat(operation(2))
        .isEqualTo(
            first.toBuilder()
                .setOpId(2)
                .setGroupFirst(2)
                .setGroupLast(2)
                .setTarget(agent(AGENT))
                .setAppendTimeUnixNano(START_UNIX_NS + 12)
                .setOrigin(
                    Origin.newBuilder()
                        .setOpId(1)
                        .setAttempt(1)
                        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
                        .setTarget(ALL))
                .build());
  }

  @Test
  void shouldGiveAKeyedOperationAgainAsAnEventAndLeaveTheKeyAlone() {
    // given
    commit(1, publishing(keyed("k", "v")));
    ScopeSums before = sums(Topic.TOPIC_RECONCILIATION, ALL);

    // when
    refuse(2, 1, Reaction.REACTION_RETRY, 0);
    commit(3, RELEASE);

    // then
    Operation again = operation(2);
    assertThat(again.getOperationClass()).isEqualTo(OperationClass.OPERATION_CLASS_EVENT);
    assertThat(again.getKey()).isEmpty();
    assertThat(again.getPayload()).isEqualTo(operation(1).getPayload());
    assertThat(again.getOrigin())
        .isEqualTo(
            Origin.newBuilder()
                .setOpId(1)
                .setAttempt(1)
                .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
                .setTarget(ALL)
                .setKey("k")
                .build());
    assertThat(sums(Topic.TOPIC_RECONCILIATION, ALL)).isEqualTo(before);
    assertThat(sums(Topic.TOPIC_RECONCILIATION, agent(AGENT)).getEventCount()).isEqualTo(1);
    assertThat(log.newestOfKey(SWARM, Log.LOG_MAIN, reconciliationForAll(), "k", 2))
        .hasValueSatisfying(newest -> assertThat(newest.opId()).isEqualTo(1));
  }

  @Test
  void shouldGiveADeletionAgainWithoutAPayload() {
    commit(1, publishing(keyed("k", "v")));
    commit(2, publishing(tombstone(Topic.TOPIC_RECONCILIATION, ALL, "k")));

    refuse(3, 2, Reaction.REACTION_RETRY, 0);
    commit(4, RELEASE);

    Operation again = operation(3);
    assertThat(again.getTombstone()).isFalse();
    assertThat(again.getOrigin().getTombstone()).isTrue();
    assertThat(again.getOrigin().getKey()).isEqualTo("k");
    assertThat(again.hasPayload()).isFalse();
    assertThat(again.getValueDigest().toByteArray())
        .isEqualTo(new Digests().value(dev.swarmlog.v1.Payload.getDefaultInstance()));
  }

  @Test
  void shouldNotTryAgainWhatALaterOperationHasSuperseded() {
    // given
    commit(1, publishing(keyed("k", "v"), keyed("l", "v")));
    refuse(2, 1, Reaction.REACTION_RETRY, 5);

    // when
    commit(3, publishing(keyed("k", "w"), keyed("l", "w")));

    // then
    assertThat(commit(7, RELEASE)).isEqualTo(new Outcome.RetriesReleased(0, 1));
    assertThat(head()).isEqualTo(4);
    assertThat(refuse(8, 2, Reaction.REACTION_RETRY, 0))
        .isEqualTo(refused(NackReply.Outcome.OUTCOME_SUPERSEDED, 2, true, 1, 0));
    assertThat(counts()).isEqualTo(FailureCounts.NONE);
    assertThat(failureRows()).isEmpty();
  }

  @Test
  void shouldNotTryAgainWhatHasExpired() {
    commit(1, publishing(event("e").toBuilder().setExpiresAtUnixNano(START_UNIX_NS + 5).build()));
    refuse(2, 1, Reaction.REACTION_RETRY, 5);

    assertThat(commit(7, RELEASE)).isEqualTo(new Outcome.RetriesReleased(0, 1));
    assertThat(refuse(8, 1, Reaction.REACTION_RETRY, 5))
        .isEqualTo(refused(NackReply.Outcome.OUTCOME_SKIPPED, 1, true, 1, 0));
    assertThat(failureRows()).isEmpty();
  }

  @Test
  void shouldParkWhatHasBeenTriedTooOften() {
    // given
    commit(1, publishing(event("order")));
    assertThat(refuse(2, 1, Reaction.REACTION_RETRY, 0)).isEqualTo(retry(1, 3));
    commit(3, RELEASE);
    assertThat(refuse(4, 2, Reaction.REACTION_RETRY, 0)).isEqualTo(retry(2, 5));
    commit(5, RELEASE);

    // when
    Outcome third = refuse(6, 3, Reaction.REACTION_RETRY, 0);

    // then
    assertThat(third).isEqualTo(refused(NackReply.Outcome.OUTCOME_PARKED, 1, false, 3, 1));
    assertThat(counts().parked()).isEqualTo(1);
    assertThat(counts().retries()).isZero();
    assertThat(counts().bytes()).isEqualTo(operation(1).getSerializedSize());
    FailedOperation parked = onlyFailed();
    assertThat(parked)
        .isEqualTo(
            new FailedOperation(
                AGENT, Log.LOG_MAIN, operation(1), 3, status(3), 0, START_UNIX_NS + 6, 0));
    assertThat(log.findFailed(SWARM, parked.id())).contains(parked);
  }

  @Test
  void shouldListWhatCameAgainUntilItIsAcknowledged() {
    // given
    commit(1, publishing(event("order")));
    refuse(2, 1, Reaction.REACTION_RETRY, 0);
    commit(3, RELEASE);

    // when
    List<FailedOperation> listed =
        log.readFailed(SWARM, "", true, Optional.empty(), 10, Long.MAX_VALUE).operations();

    // then
    assertThat(counts().retries()).isEqualTo(1);
    assertThat(listed).hasSize(1);
    FailedOperation again = listed.get(0);
    assertThat(again.id()).isEqualTo(new FailedOperation.Id(AGENT, Log.LOG_MAIN, 1));
    assertThat(again.releasedOpId()).isEqualTo(2);
    assertThat(again.retryAtUnixNs()).isZero();
    assertThat(again.parkedUnixNs()).isZero();
    assertThat(again.operation().getPayload()).isEqualTo(operation(1).getPayload());
    assertThat(log.readFailed(SWARM, "", false, Optional.empty(), 10, Long.MAX_VALUE).operations())
        .isEmpty();
  }

  @Test
  void shouldParkAndSkipAtOnceWhereTheAgentSaysSo() {
    commit(1, publishing(event("a"), event("b")));

    assertThat(refuse(2, 1, Reaction.REACTION_PARK, 0))
        .isEqualTo(refused(NackReply.Outcome.OUTCOME_PARKED, 1, true, 1, 1));
    assertThat(refuse(2, 2, Reaction.REACTION_SKIP, 0))
        .isEqualTo(refused(NackReply.Outcome.OUTCOME_SKIPPED, 2, true, 1, 1));
    assertThat(onlyFailed().operation()).isEqualTo(operation(1));
  }

  @Test
  void shouldGiveTheSameAnswerToTheSameRefusal() {
    // given
    commit(1, publishing(event("order")));
    Outcome first = refuse(2, 1, Reaction.REACTION_RETRY, 10);

    // when it waits, has come again, and the second attempt is parked
    assertThat(refuse(3, 1, Reaction.REACTION_PARK, 0)).isEqualTo(again(first));
    commit(12, RELEASE);
    assertThat(refuse(13, 1, Reaction.REACTION_RETRY, 10))
        .isEqualTo(refused(NackReply.Outcome.OUTCOME_RETRY, 1, false, 1, 0));
    Outcome second = refuse(14, 2, Reaction.REACTION_PARK, 0);

    // then
    assertThat(second).isEqualTo(refused(NackReply.Outcome.OUTCOME_PARKED, 1, false, 2, 1));
    assertThat(refuse(15, 1, Reaction.REACTION_RETRY, 0)).isEqualTo(second);
    assertThat(refuse(16, 2, Reaction.REACTION_SKIP, 0)).isEqualTo(second);
    assertThat(head()).isEqualTo(2);
  }

  @Test
  void shouldTryAgainWhatIsRefusedOnceMoreBehindWhatItCameAgainAs() {
    // given an operation that came again as number 2
    commit(1, publishing(keyed("k", "v")));
    refuse(2, 1, Reaction.REACTION_RETRY, 0);
    commit(3, RELEASE);
    RefuseOperation refusal = refusal(AGENT, 1, Reaction.REACTION_RETRY, 10).getRefuseOperation();

    // when a session that is given 2 asks once more, and one whose snapshot lies behind it
    Outcome before = commit(4, refusing(refusal.toBuilder().setStartOpId(1)));
    Outcome behind = commit(5, refusing(refusal.toBuilder().setStartOpId(2)));

    // then
    assertThat(before).isEqualTo(refused(NackReply.Outcome.OUTCOME_RETRY, 1, false, 1, 0));
    assertThat(behind).isEqualTo(retry(2, 15));
    commit(15, RELEASE);
    assertThat(operation(3).getOrigin().getOpId()).isEqualTo(1);
    assertThat(head()).isEqualTo(3);
  }

  private static Command refusing(RefuseOperation.Builder refusal) {
    return Command.newBuilder().setRefuseOperation(refusal).build();
  }

  @Test
  void shouldSettleWhatTheAgentHasAppliedAtLast() {
    // given
    commit(1, publishing(event("order")));
    refuse(2, 1, Reaction.REACTION_RETRY, 0);
    commit(3, RELEASE);
    assertThat(counts().retries()).isEqualTo(1);

    // when
    commit(4, cursors(AGENT, Log.LOG_MAIN, 1));
    assertThat(counts().retries()).isEqualTo(1);
    commit(5, cursors(AGENT, Log.LOG_MAIN, 2));

    // then
    assertThat(counts()).isEqualTo(FailureCounts.NONE);
    assertThat(failureRows()).isEmpty();
  }

  @Test
  void shouldCountAttemptsOfWhatWasSettledTooSoon() {
    commit(1, publishing(keyed("k", "v")));
    refuse(2, 1, Reaction.REACTION_RETRY, 0);
    commit(3, RELEASE);
    commit(4, cursors(AGENT, Log.LOG_MAIN, 2));

    assertThat(refuse(5, 2, Reaction.REACTION_RETRY, 0)).isEqualTo(retry(2, 6));
    commit(6, RELEASE);
    assertThat(operation(3).getOrigin().getOpId()).isEqualTo(1);
    assertThat(operation(3).getOrigin().getAttempt()).isEqualTo(2);
  }

  @Test
  void shouldRefuseAgainWhatWasCompactedMeanwhile() {
    // given
    commit(1, publishing(event("order"), keyed("k", "v")));
    Operation order = operation(1);
    Operation keyed = operation(2);
    refuse(2, 1, Reaction.REACTION_RETRY, 0);
    refuse(2, 2, Reaction.REACTION_PARK, 0);
    commit(3, RELEASE);
    commit(4, publishing(event("later")));

    // when
    commit(5, compact(Log.LOG_MAIN, 2));

    // then
    refuse(6, 3, Reaction.REACTION_PARK, 0);
    assertThat(failed(false).operations())
        .extracting(FailedOperation::operation)
        .containsExactly(
            // Its group and its time are not known any more.
            order.toBuilder().setGroupLast(1).setAppendTimeUnixNano(START_UNIX_NS + 3).build(),
            keyed);
    assertThat(refuse(7, 1, Reaction.REACTION_PARK, 0))
        .isEqualTo(refused(NackReply.Outcome.OUTCOME_PARKED, 1, false, 2, 2));
  }

  @Test
  void shouldForgetBelowTheHorizonWhatCameAgainAndWasNeverAcknowledged() {
    commit(1, publishing(event("order")));
    refuse(2, 1, Reaction.REACTION_RETRY, 0);
    commit(3, RELEASE);

    commit(4, compact(Log.LOG_MAIN, 2));

    assertThat(failureRows()).isEmpty();
    assertThat(counts()).isEqualTo(FailureCounts.NONE);
    assertThat(reason(refuse(5, 2, Reaction.REACTION_PARK, 0)))
        .isEqualTo(ErrorReason.ERROR_REASON_BELOW_HORIZON);
  }

  @Test
  void shouldReplayWhatIsParkedWithAttemptsForgiven() {
    // given
    commit(1, publishing(event("a"), event("b"), event("c")));
    refuse(2, 1, Reaction.REACTION_PARK, 0);
    refuse(2, 2, Reaction.REACTION_PARK, 0);
    refuse(2, 3, Reaction.REACTION_RETRY, 100);

    // when
    Outcome one = commit(3, replay(AGENT, 2));
    Outcome rest = commit(4, replay(AGENT, 0));

    // then
    assertThat(one).isEqualTo(new Outcome.ParkedReplayed(1, 0, true));
    assertThat(rest).isEqualTo(new Outcome.ParkedReplayed(1, 0, true));
    assertThat(operation(4).getOrigin().getOpId()).isEqualTo(2);
    assertThat(operation(5).getOrigin().getOpId()).isEqualTo(1);
    assertThat(counts().parked()).isZero();
    assertThat(refuse(5, 5, Reaction.REACTION_RETRY, 0)).isEqualTo(retry(2, 6));
    assertThat(reason(commit(6, replay(AGENT, 1)))).isEqualTo(ErrorReason.ERROR_REASON_NOT_PARKED);
    assertThat(commit(7, replay("nobody", 0))).isEqualTo(new Outcome.ParkedReplayed(0, 0, true));
  }

  @Test
  void shouldNotReplayWhatWasSuperseded() {
    commit(1, publishing(keyed("k", "v")));
    refuse(2, 1, Reaction.REACTION_PARK, 0);
    commit(3, publishing(keyed("k", "w")));

    assertThat(commit(4, replay(AGENT, 1))).isEqualTo(new Outcome.ParkedReplayed(0, 1, true));
    assertThat(failureRows()).isEmpty();
  }

  @Test
  void shouldPurgeWhatIsParked() {
    // given
    commit(1, publishing(event("a"), event("b"), event("c")));
    refuse(2, 1, Reaction.REACTION_PARK, 0);
    refuse(2, 2, Reaction.REACTION_PARK, 0);
    refuse(2, 3, Reaction.REACTION_RETRY, 100);
    commit(2, refusal("other", 1, Reaction.REACTION_PARK, 0));

    // then
    assertThat(commit(3, purge(AGENT, 2))).isEqualTo(new Outcome.ParkedPurged(1, true));
    assertThat(reason(commit(3, purge(AGENT, 2)))).isEqualTo(ErrorReason.ERROR_REASON_NOT_PARKED);
    assertThat(reason(commit(3, purge(AGENT, 3)))).isEqualTo(ErrorReason.ERROR_REASON_NOT_PARKED);
    assertThat(commit(4, purge("", 0))).isEqualTo(new Outcome.ParkedPurged(2, true));
    assertThat(counts().parked()).isZero();
    assertThat(counts().retries()).isEqualTo(1);
  }

  @Test
  void shouldHandleABoundedNumberPerCommand() {
    // given
    int count = EventLog.MAX_RETRIED_PER_COMMAND + 10;
    PublishRecord[] records = new PublishRecord[count];
    java.util.Arrays.fill(records, event("e"));
    commit(1, publishing(records));
    Command[] refusals = new Command[count];
    for (int i = 0; i < count; i++) {
      refusals[i] = refusal(AGENT, i + 1, Reaction.REACTION_RETRY, 0);
    }
    commit(2, refusals);

    // then
    assertThat(commit(3, RELEASE)).isEqualTo(new Outcome.RetriesReleased(count - 10, 0));
    assertThat(log.nextTimerUnixNs()).isPresent();
    assertThat(commit(4, RELEASE)).isEqualTo(new Outcome.RetriesReleased(10, 0));
    for (int i = 0; i < count; i++) {
      refusals[i] = refusal(AGENT, count + i + 1, Reaction.REACTION_PARK, 0);
    }
    commit(5, refusals);
    assertThat(commit(6, replay(AGENT, 0)))
        .isEqualTo(new Outcome.ParkedReplayed(count - 10, 0, false));
    assertThat(commit(7, replay(AGENT, 0))).isEqualTo(new Outcome.ParkedReplayed(10, 0, true));
  }

  @Test
  void shouldHandleABoundedNumberOfBytesPerCommand() {
    // given eight that are as large as all, and one more
    String mib = "x".repeat(1 << 20);
    for (int i = 1; i <= 9; i++) {
      commit(i, publishing(event(mib)));
    }
    for (int i = 1; i <= 9; i++) {
      refuse(10, i, Reaction.REACTION_RETRY, 0);
    }

    // then
    assertThat(commit(11, RELEASE)).isEqualTo(new Outcome.RetriesReleased(8, 0));
    assertThat(commit(12, RELEASE)).isEqualTo(new Outcome.RetriesReleased(1, 0));
  }

  @Test
  void shouldRefuseMoreThanASwarmHasRoomFor() {
    // given
    int count = EventLog.MAX_FAILED_PER_SWARM;
    for (int i = 0; i < count; i += 1_000) {
      PublishRecord[] records = new PublishRecord[1_000];
      java.util.Arrays.fill(records, event("e"));
      commit(1, publishing(records));
      Command[] refusals = new Command[1_000];
      for (int r = 0; r < refusals.length; r++) {
        refusals[r] = refusal(AGENT, i + r + 1, Reaction.REACTION_PARK, 0);
      }
      commit(1, refusals);
    }
    commit(3, publishing(event("one more")));

    // then
    assertThat(reason(refuse(4, count + 1, Reaction.REACTION_PARK, 0)))
        .isEqualTo(ErrorReason.ERROR_REASON_PARKING_FULL);
    assertThat(refuse(4, count + 1, Reaction.REACTION_SKIP, 0))
        .isEqualTo(refused(NackReply.Outcome.OUTCOME_SKIPPED, count + 1, true, 1, count));
    commit(5, purge(AGENT, 1));
    assertThat(refuse(6, count + 1, Reaction.REACTION_PARK, 0))
        .isEqualTo(refused(NackReply.Outcome.OUTCOME_PARKED, count + 1, true, 1, count));
  }

  @Test
  void shouldRefuseWhatTheAgentWasNeverGiven() {
    // given
    commit(
        1,
        publishing(
            event(Topic.TOPIC_COMMANDS, agent("other"), "a"),
            event(Topic.TOPIC_COMMANDS, role("welder"), "b"),
            event(Topic.TOPIC_COMMANDS, role("painter"), "c")));

    // then
    assertThat(reason(refuse(2, 1, Reaction.REACTION_PARK, 0)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reason(refuse(2, 3, Reaction.REACTION_PARK, 0)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reason(refuse(2, 4, Reaction.REACTION_PARK, 0)))
        .isEqualTo(ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD);
    assertThat(reason(refuse(2, 0, Reaction.REACTION_PARK, 0)))
        .isEqualTo(ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD);
    assertThat(refuse(2, 2, Reaction.REACTION_PARK, 0))
        .isInstanceOf(Outcome.OperationRefused.class);
  }

  @Test
  void shouldRefuseWhatIsMalformed() {
    commit(1, publishing(event("a")));
    RefuseOperation good = refusal(AGENT, 1, Reaction.REACTION_RETRY, 0).getRefuseOperation();

    for (RefuseOperation bad :
        List.of(
            good.toBuilder().setLog(Log.LOG_TELEMETRY).build(),
            good.toBuilder().setAgent("").build(),
            good.toBuilder().setReaction(Reaction.REACTION_UNSPECIFIED).build(),
            good.toBuilder().setReactionValue(99).build(),
            good.toBuilder().setRetryAfterNs(EventLog.MAX_RETRY_DELAY_NS + 1).build(),
            good.toBuilder().setRetryAfterNs(-1).build(),
            good.toBuilder().setMaxAttempts(0).build(),
            good.toBuilder().clearTopics().build(),
            good.toBuilder()
                .setStatus(Status.newBuilder().setMessage("x".repeat(2_001)))
                .build())) {
      assertThat(reason(commit(2, Command.newBuilder().setRefuseOperation(bad).build())))
          .as("%s", bad)
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    RefuseOperation elsewhere = good.toBuilder().setSwarm("nowhere").build();
    assertThat(reason(commit(2, Command.newBuilder().setRefuseOperation(elsewhere).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND);
    assertThat(failureRows()).isEmpty();
  }

  @Test
  void shouldListByAgentInPages() {
    // given
    commit(1, publishing(event("a"), event("b"), event("c")));
    for (String name : List.of("b", "a", "ab")) {
      commit(2, refusal(name, 2, Reaction.REACTION_PARK, 0));
      commit(2, refusal(name, 1, Reaction.REACTION_PARK, 0));
      commit(2, refusal(name, 3, Reaction.REACTION_RETRY, 50));
    }

    // when
    List<String> listed = new ArrayList<>();
    Optional<FailedOperation.Id> after = Optional.empty();
    do {
      FailedPage page = log.readFailed(SWARM, "", false, after, 2, Long.MAX_VALUE);
      page.operations().forEach(f -> listed.add(f.agent() + f.operation().getOpId()));
      after = page.next();
    } while (after.isPresent());

    // then
    assertThat(listed).containsExactly("a1", "a2", "ab1", "ab2", "b1", "b2");
    assertThat(failed(true).operations()).hasSize(9);
    assertThat(log.readFailed(SWARM, "a", true, Optional.empty(), 9, 1).operations()).hasSize(1);
    assertThat(log.readFailed(SWARM, "a", true, Optional.empty(), 9, 1_000_000).operations())
        .extracting(FailedOperation::agent)
        .containsExactly("a", "a", "a");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldDoTheSameAfterARestartAndInEveryForm(long seed) {
    // given
    Random random = new Random(seed);
    EventLog twin = InMemoryEventLog.create();
    twin.apply(next(twin, START_UNIX_NS, List.of(createSwarm(SWARM))));
    twin.sync();

    // when
    for (int step = 1; step <= 120; step++) {
      Entry entry = next(log, START_UNIX_NS + step, commands(random));
      List<Outcome> outcomes = log.apply(entry).outcomes();
      assertThat(twin.apply(entry).outcomes()).as("seed %d", seed).isEqualTo(outcomes);
      log.sync();
      twin.sync();
      if (random.nextInt(20) == 0) {
        log = restarted(log);
      }
      assertThat(log.nextTimerUnixNs()).isEqualTo(twin.nextTimerUnixNs());
      assertThat(counts()).as("seed %d", seed).isEqualTo(countedByHand());
      assertThat(counts()).isEqualTo(twin.swarm(SWARM).orElseThrow().failures());
    }

    // then
    assertThat(dump(log)).as("seed %d", seed).isEqualTo(dump(twin));
    assertThat(tried()).as("tried again, seed %d", seed).isPositive();
  }

  private List<Command> commands(Random random) {
    long head = head();
    List<Command> commands = new ArrayList<>();
    int count = 1 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      String name = random.nextBoolean() ? AGENT : "other";
      long opId = head == 0 ? 1 : 1 + random.nextInt((int) head + 1);
      commands.add(
          switch (random.nextInt(9)) {
            case 0, 1 ->
                publishing(
                    random.nextBoolean()
                        ? event("e")
                        : keyed("k" + random.nextInt(3), "v" + random.nextInt(3)));
            case 2, 3, 4 ->
                refusal(name, opId, Reaction.forNumber(1 + random.nextInt(3)), random.nextInt(5));
            case 5 -> RELEASE;
            case 6 -> replay(name, random.nextBoolean() ? 0 : opId);
            case 7 -> purge(name, opId);
            default ->
                random.nextInt(4) == 0
                    ? compact(Log.LOG_MAIN, Math.min(opId, head))
                    : cursors(name, Log.LOG_MAIN, Math.min(opId, head));
          });
    }
    commands.add(EXPIRE);
    commands.add(RELEASE);
    return commands;
  }

  /** From the rows of the store. */
  private FailureCounts countedByHand() {
    List<FailedOperation> all = failed(true).operations();
    long parked = all.stream().filter(f -> f.parkedUnixNs() != 0).count();
    long bytes =
        all.stream()
            .filter(f -> f.releasedOpId() == 0)
            .mapToLong(f -> f.operation().getSerializedSize())
            .sum();
    assertThat(all).hasSize(failureRows().size());
    return new FailureCounts(parked, all.size() - parked, bytes);
  }

  private long tried() {
    return log
        .read(
            SWARM,
            Log.LOG_MAIN,
            View.everything(),
            log.horizonOpId(SWARM, Log.LOG_MAIN),
            head(),
            Integer.MAX_VALUE)
        .operations()
        .stream()
        .filter(op -> ModelAgent.parsed(op).getOrigin().getAttempt() > 0)
        .count();
  }

  private Outcome commit(long afterStartNs, Command... commands) {
    Outcome outcome =
        log.apply(next(log, START_UNIX_NS + afterStartNs, List.of(commands))).outcomes().get(0);
    log.sync();
    return outcome;
  }

  private Outcome refuse(long afterStartNs, long opId, Reaction reaction, long retryAfterNs) {
    return commit(afterStartNs, refusal(AGENT, opId, reaction, retryAfterNs));
  }

  private static Command publishing(PublishRecord... records) {
    return append(publish(SWARM, Log.LOG_MAIN, records).build());
  }

  private static Status status(long number) {
    return Status.newBuilder().setCode(13).setMessage("failed at " + number).build();
  }

  /** Of operation 1, which is news the first time. */
  private static Outcome retry(int attempts, long afterStartNs) {
    return new Outcome.OperationRefused(
        NackReply.Outcome.OUTCOME_RETRY,
        1,
        attempts == 1,
        attempts,
        START_UNIX_NS + afterStartNs,
        0);
  }

  private static Outcome refused(
      NackReply.Outcome outcome, long firstOpId, boolean isNews, int attempts, long parked) {
    return new Outcome.OperationRefused(outcome, firstOpId, isNews, attempts, 0, parked);
  }

  /** The same answer, which is no news. */
  private static Outcome again(Outcome first) {
    Outcome.OperationRefused known = (Outcome.OperationRefused) first;
    return new Outcome.OperationRefused(
        known.outcome(),
        known.firstOpId(),
        /* isNews= */ false,
        known.attempts(),
        known.retryAtUnixNs(),
        known.parkedCount());
  }

  private static ErrorReason reason(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused) outcome).reason();
  }

  private long head() {
    return log.swarm(SWARM).orElseThrow().mainHead().getOpId();
  }

  private FailureCounts counts() {
    return log.swarm(SWARM).orElseThrow().failures();
  }

  private FailedPage failed(boolean withRetries) {
    return log.readFailed(SWARM, "", withRetries, Optional.empty(), 100_000, Long.MAX_VALUE);
  }

  private FailedOperation onlyFailed() {
    List<FailedOperation> all = failed(true).operations();
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private Operation operation(long opId) {
    try {
      return Operation.parseFrom(
          log.read(SWARM, Log.LOG_MAIN, View.everything(), opId - 1, opId, 1)
              .operations()
              .get(0)
              .bytes());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private ScopeSums sums(Topic topic, dev.swarmlog.v1.Target target) {
    return log.sums(SWARM, Log.LOG_MAIN, View.everything(), head()).stream()
        .filter(sums -> sums.getScope().equals(Entries.scope(topic, target)))
        .findFirst()
        .orElseThrow();
  }

  private static dev.swarmlog.v1.Scope reconciliationForAll() {
    return Entries.scope(Topic.TOPIC_RECONCILIATION, ALL);
  }

  private List<String> failureRows() {
    return dump(log).stream()
        .filter(row -> row.startsWith("coordination ") && row.substring(33, 35).equals("03"))
        .toList();
  }

  private static List<String> dump(EventLog log) {
    HexFormat hex = HexFormat.of();
    List<String> rows = new ArrayList<>();
    log.dump(
        row ->
            rows.add(
                row.family() + " " + hex.formatHex(row.key()) + " " + hex.formatHex(row.value())));
    return rows.stream().collect(Collectors.toList());
  }
}
