package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.ALL;
import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.agent;
import static dev.swarmlog.storage.eventlog.Entries.append;
import static dev.swarmlog.storage.eventlog.Entries.commit;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.event;
import static dev.swarmlog.storage.eventlog.Entries.keyed;
import static dev.swarmlog.storage.eventlog.Entries.publish;
import static dev.swarmlog.storage.eventlog.Entries.role;
import static dev.swarmlog.storage.eventlog.Entries.tombstone;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.CommittedRun;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random logs over few scopes and keys: pages, deltas, counts and sums against {@link NaiveFold}.
 * The seed is the test's argument; a failure names what it read.
 */
public abstract class FoldContract {

  private static final Topic[] TOPICS = {
    Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION, Topic.TOPIC_ALERTS
  };
  private static final Target[] TARGETS = {ALL, agent("a"), agent("ab"), role("a")};
  private static final String[] KEYS = {"k", "kk", "k\u0000", "l"};
  private static final int ENTRIES = 40;
  private static final int QUESTIONS = 60;
  private static final int GROWING_ENTRIES = 300;

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

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void shouldAgreeWithNaiveFold(long seed) throws InvalidProtocolBufferException {
    // given
    Random random = new Random(seed);
    List<Operation> operations = appendRandomly(random);
    NaiveFold fold = new NaiveFold(operations);
    DeltaOracle oracle = new DeltaOracle(operations);
    long head = operations.size();

    for (int i = 0; i < QUESTIONS; i++) {
      // when
      View view = randomView(random, fold);
      long from = random.nextLong(head + 1);
      long to = from + random.nextLong(head - from + 1);
      int maxBytes = 1 + random.nextInt(3_000);

      // then
      String question = "seed " + seed + " (" + from + ", " + to + "] of " + view;
      List<Operation> delta = new ArrayList<>();
      assertThat(pages(from, to, at -> log.read(SWARM, Log.LOG_MAIN, view, at, to, maxBytes)))
          .as("read, %s", question)
          .extracting(Operation::getOpId)
          .isEqualTo(fold.read(view, from, to));
      delta.addAll(
          pages(
              from,
              to,
              at ->
                  log.readDelta(
                      SWARM, Log.LOG_MAIN, view, DeltaBounds.from(from, to), at, maxBytes)));
      assertThat(delta)
          .as("delta, %s", question)
          .extracting(Operation::getOpId)
          .isEqualTo(oracle.minimal(view, oracle.state(view, from), from, to, 0));
      assertThat(pages(from, to, at -> log.readEvents(SWARM, Log.LOG_MAIN, view, at, to, maxBytes)))
          .as("events, %s", question)
          .extracting(Operation::getOpId)
          .isEqualTo(oracle.minimal(view, oracle.state(view, to), from, to, 0));
      assertThat(log.count(SWARM, Log.LOG_MAIN, view, from, to))
          .as("count, %s", question)
          .isEqualTo(fold.read(view, from, to).size());
      assertThat(log.keyedBounds(SWARM, Log.LOG_MAIN, view, from, to))
          .as("keyed bounds, %s", question)
          .isEqualTo(fold.keyedBounds(view, from, to));
      assertThat(log.sums(SWARM, Log.LOG_MAIN, view, to))
          .as("sums, %s", question)
          .containsExactlyInAnyOrderElementsOf(expectedSums(fold, view, to));
    }
  }

  @Test
  void shouldReadWholeDeltasWhileKeysMoveOn() throws Exception {
    // given a writer that moves few keys on all the time
    Random random = new Random(1);
    commit(log, createSwarm(SWARM));
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < GROWING_ENTRIES; i++) {
                commit(
                    log,
                    append(
                        publish(SWARM, Log.LOG_MAIN, randomRecord(random), randomRecord(random))
                            .build()));
              }
            });

    boolean last = false;
    while (!last) {
      last = writer.isDone();
      // when
      long target = log.swarm(SWARM).orElseThrow().mainHead().getOpId();
      View view = View.everything();
      List<Operation> delta =
          pages(
              0,
              target,
              at ->
                  log.readDelta(SWARM, Log.LOG_MAIN, view, DeltaBounds.from(0, target), at, 4_000));

      // then
      List<Operation> whole =
          pages(0, target, at -> log.read(SWARM, Log.LOG_MAIN, view, at, target, 100_000));
      assertThat(delta)
          .extracting(Operation::getOpId)
          .isEqualTo(new DeltaOracle(whole).minimal(view, Map.of(), 0, target, 0));
    }
    writer.join();
    assertThat(log.swarm(SWARM).orElseThrow().mainHead().getOpId()).isEqualTo(2 * GROWING_ENTRIES);
  }

  private static List<ScopeSums> expectedSums(NaiveFold fold, View view, long at) {
    return fold.scopes().stream()
        .filter(view::contains)
        .map(scope -> fold.sums(scope, at))
        .filter(sums -> sums.getOpCount() > 0)
        .toList();
  }

  private interface Reading {
    Page from(long cursor);
  }

  /** Reads page after page, and checks what every page must keep. */
  private List<Operation> pages(long from, long to, Reading reading)
      throws InvalidProtocolBufferException {
    List<Operation> all = new ArrayList<>();
    long cursor = from;
    do {
      Page page = reading.from(cursor);
      assertThat(page.toInclusive()).isGreaterThanOrEqualTo(cursor).isLessThanOrEqualTo(to);
      assertThat(page.toInclusive() > cursor || cursor == to).isTrue();
      assertThat(page.runningHash())
          .isEqualTo(log.runningHash(SWARM, Log.LOG_MAIN, page.toInclusive()).orElseThrow());
      for (StoredOperation stored : page.operations()) {
        Operation operation = Operation.parseFrom(stored.bytes());
        assertThat(operation.getOpId()).isGreaterThan(cursor).isEqualTo(stored.opId());
        assertThat(Math.min(stored.groupLast(), to)).isLessThanOrEqualTo(page.toInclusive());
        assertThat(stored.groupLast()).isEqualTo(operation.getGroupLast());
        assertThat(stored.scope()).isEqualTo(NaiveFold.scope(operation));
        all.add(operation);
      }
      cursor = page.toInclusive();
    } while (cursor < to);
    return all;
  }

  private List<Operation> appendRandomly(Random random) throws InvalidProtocolBufferException {
    commit(log, createSwarm(SWARM));
    List<Operation> operations = new ArrayList<>();
    for (int i = 0; i < ENTRIES; i++) {
      Command[] commands = new Command[1 + random.nextInt(3)];
      for (int c = 0; c < commands.length; c++) {
        PublishRecord[] records = new PublishRecord[1 + random.nextInt(5)];
        for (int r = 0; r < records.length; r++) {
          records[r] = randomRecord(random);
        }
        commands[c] = append(publish(SWARM, Log.LOG_MAIN, records).build());
      }
      for (CommittedRun run : commit(log, commands).runs()) {
        for (StoredOperation stored : run.operations()) {
          operations.add(Operation.parseFrom(stored.bytes()));
        }
      }
    }
    return operations;
  }

  private static PublishRecord randomRecord(Random random) {
    Topic topic = TOPICS[random.nextInt(TOPICS.length)];
    Target target = TARGETS[random.nextInt(TARGETS.length)];
    String key = KEYS[random.nextInt(KEYS.length)];
    return switch (random.nextInt(4)) {
      case 0 -> event(topic, target, "e" + random.nextInt(3));
      case 1 -> tombstone(topic, target, key);
      default -> keyed(topic, target, key, "v" + random.nextInt(3));
    };
  }

  private static View randomView(Random random, NaiveFold fold) {
    if (random.nextInt(4) == 0) {
      return View.everything();
    }
    Set<Scope> scopes = new HashSet<>();
    int sparseness = 1 + random.nextInt(8);
    for (Scope scope : fold.scopes()) {
      if (random.nextInt(sparseness) == 0) {
        scopes.add(scope);
      }
    }
    scopes.add(Scope.newBuilder().setTopic(Topic.TOPIC_ALERTS).setTarget(agent("nobody")).build());
    return View.of(scopes);
  }
}
