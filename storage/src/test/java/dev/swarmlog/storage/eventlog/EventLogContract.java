package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.ALL;
import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.agent;
import static dev.swarmlog.storage.eventlog.Entries.append;
import static dev.swarmlog.storage.eventlog.Entries.commit;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.cursors;
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
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.CommittedRun;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.CreateSwarm;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.SetRateLimits;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.LongFunction;
import java.util.stream.Stream;
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
  void shouldReplaceTheRateLimitsOfASwarm() {
    // given
    commit(log, createSwarm(SWARM), createSwarm("other"));
    RateLimits first = rateLimits(5);
    RateLimits second = rateLimits(0);

    // when
    Outcome unknown = outcome(log, setRateLimits("nowhere", first));
    Outcome set = outcome(log, setRateLimits(SWARM, first));
    RateLimits between = log.swarm(SWARM).orElseThrow().rateLimits();
    Outcome replaced = outcome(log, setRateLimits(SWARM, second));

    // then whatever they say: that is for those who admit
    assertThat(unknown)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND));
    assertThat(set).isEqualTo(new Outcome.RateLimitsSet(first));
    assertThat(between).isEqualTo(first);
    assertThat(replaced).isEqualTo(new Outcome.RateLimitsSet(second));
    assertThat(log.swarm(SWARM).orElseThrow().rateLimits()).isEqualTo(second);
    assertThat(log.swarm("other").orElseThrow().rateLimits())
        .isEqualTo(RateLimits.getDefaultInstance());
    assertThat(log.swarm(SWARM).orElseThrow().mainHead().getOpId()).isZero();
  }

  @Test
  void shouldShowRateLimitsOnceTheyAreDurable() {
    // given
    commit(log, createSwarm(SWARM));

    // when
    log.apply(next(log, List.of(setRateLimits(SWARM, rateLimits(5)))));
    RateLimits before = log.swarm(SWARM).orElseThrow().rateLimits();
    log.sync();

    // then
    assertThat(before).isEqualTo(RateLimits.getDefaultInstance());
    assertThat(log.swarm(SWARM).orElseThrow().rateLimits()).isEqualTo(rateLimits(5));
  }

  private static RateLimits rateLimits(long perSecond) {
    return RateLimits.newBuilder()
        .setSwarm(RateLimit.newBuilder().setOperationsPerSecond(perSecond))
        .addAgent(TopicRateLimit.newBuilder().setTopicValue(77))
        .build();
  }

  private static Command setRateLimits(String swarm, RateLimits limits) {
    return Command.newBuilder()
        .setSetRateLimits(SetRateLimits.newBuilder().setSwarm(swarm).setRateLimits(limits))
        .build();
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
  void shouldReadDeltaWithNewestOperationOfEachKeyThatDiffers() {
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
    assertThat(delta(0, 5)).as("k is gone, and was not held").containsExactly(2L, 4L);
    assertThat(delta(1, 5)).as("k is gone, and was held").containsExactly(2L, 4L, 5L);
    assertThat(delta(0, 4)).containsExactly(2L, 3L, 4L);
    assertThat(delta(3, 4)).containsExactly(4L);
    assertThat(delta(0, 1)).containsExactly(1L);
  }

  @Test
  void shouldReadTheSameDeltaHoweverOftenKeysWereOverwritten() {
    // given
    commit(log, createSwarm(SWARM));
    Map<String, Long> newest = new HashMap<>();
    // So many that a store may tidy up once somebody had to step over them.
    for (int i = 0; i < 10; i++) {
      overwrite(newest, 500, index -> "again");
    }
    overwrite(newest, 200, index -> "dense-" + index);
    overwrite(newest, 200, index -> index % 2 == 0 ? "half-" + index : "last");
    overwrite(newest, 400, index -> index % 10 == 0 ? "sparse-" + index : "last");

    // when
    List<List<Long>> deltas = Stream.generate(() -> delta(0, 5_800)).limit(5).toList();

    // then
    assertThat(deltas)
        .allSatisfy(
            ids -> assertThat(ids).containsExactlyElementsOf(new TreeSet<>(newest.values())));
  }

  private void overwrite(Map<String, Long> newest, int operations, IntFunction<String> keyOf) {
    PublishRecord[] records = new PublishRecord[operations];
    long head = log.swarm(SWARM).orElseThrow().mainHead().getOpId();
    for (int i = 0; i < operations; i++) {
      records[i] = keyed(keyOf.apply(i), "value " + i);
      newest.put(keyOf.apply(i), head + i + 1);
    }
    commit(log, append(publish(SWARM, Log.LOG_MAIN, records).build()));
  }

  @Test
  void shouldEndPagesByWhatTheyHoldThoughNothingIsSent() {
    // given large values that come back
    commit(log, createSwarm(SWARM));
    String large = "v".repeat(1_000);
    for (String value : List.of(large, "other", large)) {
      for (int i = 0; i < 10; i++) {
        commit(log, append(publish(SWARM, Log.LOG_MAIN, keyed("k" + i, value)).build()));
      }
    }

    // when
    DeltaBounds bounds = DeltaBounds.from(10, 30);
    Page page = log.readDelta(SWARM, Log.LOG_MAIN, View.everything(), bounds, 10, 2_000);

    // then
    assertThat(page.operations()).isEmpty();
    assertThat(ids(page.netZero())).containsExactly(21L, 22L);
    assertThat(page.toInclusive()).isEqualTo(22);
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

  @Test
  void shouldKeepLogsOfSwarmApart() {
    // given
    commit(log, createSwarm(SWARM));

    // when
    Applied applied =
        commit(
            log,
            append(publish(SWARM, Log.LOG_MAIN, event("m")).build()),
            append(publish(SWARM, Log.LOG_CONTROL, event(Topic.TOPIC_CONTROL, ALL, "c")).build()));

    // then
    assertThat(applied.runs())
        .extracting(CommittedRun::log)
        .containsExactly(Log.LOG_MAIN, Log.LOG_CONTROL);
    SwarmState swarm = log.swarm(SWARM).orElseThrow();
    assertThat(swarm.mainHead().getOpId()).isEqualTo(1);
    assertThat(swarm.controlHead().getOpId()).isEqualTo(1);
    assertThat(swarm.controlHead().getRunningHash())
        .isNotEqualTo(swarm.mainHead().getRunningHash());
  }

  @Test
  void shouldRefuseGroupsThatBreakTheRulesAndChangeNothing() {
    // given
    commit(log, createSwarm(SWARM), openProducer(SWARM, "p", Log.LOG_MAIN, 0));
    PublishRecord good = event("good");
    List<Append.Builder> broken =
        List.of(
            publish(SWARM, Log.LOG_MAIN),
            publish(SWARM, Log.LOG_TELEMETRY, good),
            publish(SWARM, Log.LOG_CONTROL, good),
            publish(SWARM, Log.LOG_MAIN, good, good.toBuilder().setTopicValue(99).build()),
            publish(SWARM, Log.LOG_MAIN, good.toBuilder().clearTarget().build()),
            publish(SWARM, Log.LOG_MAIN, event(Topic.TOPIC_ALERTS, agent(""), "x")),
            publish(SWARM, Log.LOG_MAIN, event(Topic.TOPIC_ALERTS, agent("a\nb"), "x")),
            publish(SWARM, Log.LOG_MAIN, event(Topic.TOPIC_ALERTS, agent("a".repeat(129)), "x")),
            publish(SWARM, Log.LOG_MAIN, good.toBuilder().setKey("k").build()),
            publish(SWARM, Log.LOG_MAIN, good.toBuilder().setTombstone(true).build()),
            publish(SWARM, Log.LOG_MAIN, good.toBuilder().setOperationClassValue(0).build()),
            publish(SWARM, Log.LOG_MAIN, good.toBuilder().setOperationClassValue(3).build()),
            publish(SWARM, Log.LOG_MAIN, keyed("", "x")),
            publish(SWARM, Log.LOG_MAIN, keyed("k".repeat(8193), "x")),
            publish(SWARM, Log.LOG_MAIN, keyed("k", "x").toBuilder().setTombstone(true).build()),
            publish("p", 1, 0, good),
            publish("", 0, 1, good));

    // when
    for (Append.Builder command : broken) {
      // then
      assertThat(reason(outcome(log, command)))
          .as("%s", command)
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    assertThat(reason(outcome(log, Command.getDefaultInstance())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(
            reason(
                outcome(
                    log,
                    publish(
                        SWARM, Log.LOG_MAIN, good.toBuilder().setDeliverAtUnixNano(1).build()))))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_SERVED);
    assertThat(reason(outcome(log, publish("nowhere", Log.LOG_MAIN, good))))
        .isEqualTo(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND);
    assertThat(log.swarm(SWARM).orElseThrow().mainHead().getOpId()).isZero();
    assertThat(log.sums(SWARM, Log.LOG_MAIN, View.everything(), 0)).isEmpty();
    assertThat(rows("log")).isEmpty();
    assertThat(rows("state")).isEmpty();
  }

  @Test
  void shouldRefuseSwarmsWithoutProperNameOrIdentity() {
    // given
    List<Command> broken =
        List.of(
            createSwarm(""),
            createSwarm("a\u0000b"),
            createSwarm("s".repeat(129)),
            Command.newBuilder()
                .setCreateSwarm(CreateSwarm.newBuilder().setName("s").setEpoch(1))
                .build(),
            Command.newBuilder()
                .setCreateSwarm(CreateSwarm.newBuilder().setName("s").setIncarnation(1))
                .build());

    // when
    for (Command command : broken) {
      // then
      assertThat(reason(outcome(log, command)))
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    assertThat(log.swarmNames()).isEmpty();
  }

  @Test
  void shouldRecordCursorsOfAgents() {
    // given
    commit(log, createSwarm(SWARM));
    commit(log, append(publish(SWARM, Log.LOG_MAIN, event("a"), event("b")).build()));

    // when
    Outcome recorded = outcome(log, cursors("anna", Log.LOG_MAIN, 2));
    Outcome beyond = outcome(log, cursors("anna", Log.LOG_MAIN, 3));

    // then
    assertThat(recorded).isEqualTo(new Outcome.CursorsRecorded());
    assertThat(reason(beyond)).isEqualTo(ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD);
    assertThat(log.recordedCursor(SWARM, "anna", Log.LOG_MAIN)).isEqualTo(2);
    assertThat(log.recordedCursor(SWARM, "anna", Log.LOG_CONTROL)).isZero();
    assertThat(log.recordedCursor(SWARM, "ann", Log.LOG_MAIN)).isZero();
    assertThat(reason(outcome(log, cursors("", Log.LOG_MAIN, 1))))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldNeverSplitAGroupOverPages() {
    // given
    commit(log, createSwarm(SWARM));
    commit(log, append(publish(SWARM, Log.LOG_MAIN, event("a"), keyed("k", "b")).build()));
    PublishRecord[] large = new PublishRecord[300];
    for (int i = 0; i < large.length; i++) {
      large[i] = i % 2 == 0 ? event("e" + i) : keyed("k" + i, "v");
    }
    commit(log, append(publish(SWARM, Log.LOG_MAIN, large).build()));
    commit(log, append(publish(SWARM, Log.LOG_MAIN, event("z")).build()));

    // when
    List<Long> read =
        pageEnds(from -> log.read(SWARM, Log.LOG_MAIN, View.everything(), from, 303, 1));
    List<Long> delta =
        pageEnds(
            from ->
                log.readDelta(
                    SWARM, Log.LOG_MAIN, View.everything(), DeltaBounds.from(0, 303), from, 1));
    View sparse = View.of(Set.of(scope(Topic.TOPIC_COMMANDS, ALL)));
    List<Long> sparseEnds =
        pageEnds(
            from -> log.readDelta(SWARM, Log.LOG_MAIN, sparse, DeltaBounds.from(0, 303), from, 1));

    // then
    assertThat(read).containsExactly(2L, 302L, 303L);
    assertThat(delta).containsExactly(2L, 302L, 303L);
    assertThat(sparseEnds).containsExactly(2L, 302L, 303L);
  }

  @Test
  void shouldOrderAndSeparateKeysWithAnyBytes() {
    // given keys that are prefixes of each other, with bytes that are escaped
    commit(log, createSwarm(SWARM));
    List<String> keys =
        List.of("a", "a\u0000", "a\u0000\u0000", "a\u0000b", "ab", "\uffff", "\u0000");
    for (String key : keys) {
      commit(log, append(publish(SWARM, Log.LOG_MAIN, keyed(key, "1")).build()));
    }
    long target = keys.size();
    for (String key : keys) {
      commit(log, append(publish(SWARM, Log.LOG_MAIN, keyed(key, "2")).build()));
    }

    // then what was newest at the target is found through history
    assertThat(delta(0, target)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertThat(delta(3, target)).containsExactly(4L, 5L, 6L, 7L);
    assertThat(delta(target, 2 * target)).containsExactly(8L, 9L, 10L, 11L, 12L, 13L, 14L);
  }

  @Test
  void shouldStateRunningHashOfEachOperation() {
    // given
    commit(log, createSwarm(SWARM));
    Applied applied =
        commit(log, append(publish(SWARM, Log.LOG_MAIN, event("a"), event("b")).build()));

    // then
    for (StoredOperation operation : applied.runs().get(0).operations()) {
      assertThat(log.runningHash(SWARM, Log.LOG_MAIN, operation.opId()))
          .hasValue(operation.runningHash());
    }
    assertThat(log.runningHash(SWARM, Log.LOG_MAIN, 0)).hasValue(new byte[16]);
    assertThat(log.runningHash(SWARM, Log.LOG_MAIN, 3)).isEmpty();
  }

  @Test
  void shouldRejectEntriesThatAreNotTheNextOneAndStayUsable() {
    // given
    commit(log, createSwarm(SWARM));
    Entry next = next(log, List.of(append(publish(SWARM, Log.LOG_MAIN, event("a")).build())));

    // then
    for (Entry wrong :
        List.of(
            next.toBuilder().setIndex(1).build(),
            next.toBuilder().setIndex(3).build(),
            next.toBuilder().setVersion(next.getVersion() + 1).build(),
            next.toBuilder().setLoggedUnixNano(log.loggedUnixNs() - 1).build())) {
      assertThatThrownBy(() -> log.apply(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(log.apply(next).index()).isEqualTo(2);
  }

  @Test
  void shouldRefuseReadersOnceClosed() {
    // given
    commit(log, createSwarm(SWARM));

    // when
    log.close();

    // then
    assertThatThrownBy(() -> log.sums(SWARM, Log.LOG_MAIN, View.everything(), 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> log.dump(row -> {})).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldCloseWhileReadersAreInside() throws Exception {
    // given
    commit(log, createSwarm(SWARM));
    commit(log, append(publish(SWARM, Log.LOG_MAIN, event("a")).build()));
    AtomicLong pagesRead = new AtomicLong();
    List<CompletableFuture<Void>> readers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      readers.add(CompletableFuture.runAsync(() -> readUntilClosed(pagesRead)));
    }
    await().until(() -> pagesRead.get() > 100);

    // when
    log.close();

    // then each ends with the refusal, and the process is alive
    for (CompletableFuture<Void> reader : readers) {
      assertThat(reader).succeedsWithin(Duration.ofSeconds(10));
    }
  }

  private void readUntilClosed(AtomicLong pagesRead) {
    try {
      while (true) {
        log.readDelta(
            SWARM, Log.LOG_MAIN, View.everything(), DeltaBounds.from(0, 1), 0, MANY_BYTES);
        pagesRead.incrementAndGet();
      }
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("closed");
    }
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

  private static List<Long> pageEnds(LongFunction<Page> read) {
    List<Long> ends = new ArrayList<>();
    long cursor = 0;
    do {
      cursor = read.apply(cursor).toInclusive();
      ends.add(cursor);
    } while (cursor < 303);
    return ends;
  }

  private List<Long> delta(long base, long target) {
    return ids(
        log.readDelta(
                SWARM,
                Log.LOG_MAIN,
                View.everything(),
                DeltaBounds.from(base, target),
                base,
                MANY_BYTES)
            .operations());
  }

  private static List<Long> ids(List<StoredOperation> operations) {
    return operations.stream().map(StoredOperation::opId).toList();
  }

  private static ErrorReason reason(Outcome outcome) {
    return ((Outcome.Refused) outcome).reason();
  }
}
