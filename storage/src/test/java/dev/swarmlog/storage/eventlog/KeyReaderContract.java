package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.ALL;
import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.agent;
import static dev.swarmlog.storage.eventlog.Entries.commit;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.event;
import static dev.swarmlog.storage.eventlog.Entries.keyed;
import static dev.swarmlog.storage.eventlog.Entries.publish;
import static dev.swarmlog.storage.eventlog.Entries.scope;
import static dev.swarmlog.storage.eventlog.Entries.tombstone;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyDigests;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.DeltaOracle.Place;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keyed state at any operation, and what is counted of it, against {@link DeltaOracle}. */
public abstract class KeyReaderContract {

  /** In the order of their UTF-8 bytes, which is not that of Java's texts at the end. */
  private static final List<String> KEYS =
      List.of(
          "\u0000",
          "\u0000\u0000",
          "\u0000\u0001",
          "\u0001",
          "a",
          "a\u0000",
          "a\u0000\u0000",
          "a\u0000b",
          "aa",
          "ab",
          "a\u00ff",
          "b",
          "\u00ff",
          "\u07ff",
          "\uffff",
          "\uffff\u0000",
          "\ud800\udc00",
          "\udbff\udfff");

  private static final Scope HERE = scope(Topic.TOPIC_RECONCILIATION, ALL);
  private static final List<Target> TARGETS = List.of(ALL, agent("a"), agent("ab"));
  private static final int ENTRIES = 60;
  private static final int QUESTIONS = 60;

  /** More than are looked at for one page. */
  private static final int DEAD_KEYS = 20_000;

  private EventLog log;
  private final List<Operation> operations = new ArrayList<>();

  /** A new, empty log. */
  protected abstract EventLog open();

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
  void shouldReadKeysInOrderOfTheirBytes() {
    // given
    for (int i = 0; i < KEYS.size(); i++) {
      append(keyed(KEYS.get(i * 7 % KEYS.size()), "v"));
    }
    assertThat(KEYS).doesNotHaveDuplicates().isNotEqualTo(KEYS.stream().sorted().toList());

    // then
    assertThat(keys(readKeys(HERE, head(), "", 1 << 20).operations())).isEqualTo(KEYS);
    for (int i = 0; i < KEYS.size(); i++) {
      KeyPage page = readKeys(HERE, head(), KEYS.get(i), 1);
      boolean last = i == KEYS.size() - 1;
      assertThat(keys(page.operations())).isEqualTo(last ? List.of() : KEYS.subList(i + 1, i + 2));
      assertThat(page.afterKey()).isEqualTo(KEYS.get(i));
      assertThat(page.throughKey()).isEqualTo(last ? "" : KEYS.get(i + 1));
      assertThat(page.throughKey().isEmpty()).isEqualTo(last);
    }
  }

  @Test
  void shouldReadNothingWhereNothingIs() {
    // given
    append(event("e"));
    append(keyed("k", "v"));
    append(tombstone(Topic.TOPIC_RECONCILIATION, ALL, "k"));

    // then
    assertThat(readKeys(HERE, 1, "", 1)).isEqualTo(new KeyPage("", "", List.of()));
    assertThat(readKeys(HERE, 3, "", 1)).isEqualTo(new KeyPage("", "", List.of()));
    assertThat(readKeys(HERE, 0, "", 1)).isEqualTo(new KeyPage("", "", List.of()));
    Scope elsewhere = scope(Topic.TOPIC_RECONCILIATION, agent("nobody"));
    assertThat(readKeys(elsewhere, 3, "k", 1)).isEqualTo(new KeyPage("k", "", List.of()));
    assertThat(keys(readKeys(HERE, 2, "", 1).operations())).containsExactly("k");
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldAgreeWithOracle(long seed) {
    // given
    Random random = new Random(seed);
    for (int i = 0; i < ENTRIES; i++) {
      appendRandomly(random);
    }
    DeltaOracle oracle = new DeltaOracle(operations);

    for (int i = 0; i < QUESTIONS; i++) {
      // when
      Scope scope = scope(Topic.TOPIC_RECONCILIATION, anyOf(random, TARGETS));
      View view = View.of(Set.of(scope));
      long at = random.nextLong(head() + 1);
      KeyInterval interval = randomInterval(random);
      int maxBytes = 1 + random.nextInt(500);
      String question = "seed %d, %s at %d in %s".formatted(seed, scope, at, interval);

      // then
      checkPage(interval, oracle, scope, at, maxBytes, question);
      assertThat(ids(readAllKeys(scope, at, maxBytes, () -> {})))
          .as(question)
          .isEqualTo(newestLive(oracle, scope, at));
      checkDigests(oracle, scope, at, interval, question);
      checkVersions(random, scope, question);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {11, 12, 13, 14})
  void shouldReadOneMomentWhileTheLogGrows(long seed) {
    // given
    Random random = new Random(seed);
    for (int i = 0; i < ENTRIES; i++) {
      appendRandomly(random);
    }
    long at = head();
    DeltaOracle oracle = new DeltaOracle(List.copyOf(operations));

    for (Target target : TARGETS) {
      // when every key moves on between any two pages
      Scope scope = scope(Topic.TOPIC_RECONCILIATION, target);
      List<StoredOperation> read = readAllKeys(scope, at, 1, () -> appendRandomly(random));

      // then
      assertThat(ids(read)).as("seed %d, %s", seed, scope).isEqualTo(newestLive(oracle, scope, at));
    }
    assertThat(head()).isGreaterThan(at);
  }

  @Test
  void shouldReadOneMomentBesideAWriter() {
    // given
    for (int i = 0; i < ENTRIES; i++) {
      appendRandomly(new Random(i));
    }
    long at = head();
    List<Long> expected = newestLive(new DeltaOracle(List.copyOf(operations)), HERE, at);
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 10 * ENTRIES; i++) {
                appendRandomly(new Random(i));
              }
            });

    boolean last = false;
    while (!last) {
      last = writer.isDone();
      // then
      assertThat(ids(readAllKeys(HERE, at, 100, () -> {}))).isEqualTo(expected);
    }
    writer.join();
  }

  @Test
  void shouldLeaveNoKeyOutBetweenPagesThatEndEarly() {
    // given more keys than are fetched at once
    List<String> names = IntStream.range(0, 300).mapToObj(i -> "k" + (1_000 + i)).toList();
    append(names.stream().map(name -> keyed(name, "v")).toArray(PublishRecord[]::new));

    // then
    for (int maxBytes : List.of(1, 1_000, 10_000)) {
      assertThat(keys(readAllKeys(HERE, head(), maxBytes, () -> {}))).isEqualTo(names);
    }
  }

  @Test
  void shouldEndPagesThatFindOnlyDeletedKeys() {
    // given
    PublishRecord[] created = new PublishRecord[DEAD_KEYS];
    PublishRecord[] deleted = new PublishRecord[DEAD_KEYS];
    for (int i = 0; i < DEAD_KEYS; i++) {
      created[i] = keyed("k" + i, "v");
      deleted[i] = tombstone(Topic.TOPIC_RECONCILIATION, ALL, "k" + i);
    }
    append(created);
    append(deleted);
    append(keyed("z", "v"));

    // when
    KeyPage first = readKeys(HERE, head(), "", 1);
    KeyPage second = readKeys(HERE, head(), first.throughKey(), 1);

    // then
    assertThat(first.operations()).isEmpty();
    assertThat(first.throughKey().isEmpty()).isFalse();
    assertThat(keys(second.operations())).containsExactly("z");
    KeyDigests digests = log.readKeyDigests(SWARM, Log.LOG_MAIN, HERE, head(), KeyInterval.ALL);
    assertThat(digests.keys()).isEmpty();
    assertThat(
            log.readKeyDigests(
                    SWARM, Log.LOG_MAIN, HERE, head(), KeyInterval.after(digests.throughKey()))
                .keys())
        .extracting(KeyDigests.KeyDigest::key)
        .containsExactly("z");
  }

  private static KeyInterval randomInterval(Random random) {
    String one = random.nextBoolean() ? "" : anyOf(random, KEYS);
    String other = random.nextBoolean() ? "" : anyOf(random, KEYS);
    return !other.isEmpty() && ModelAgent.isAbove(one, other)
        ? new KeyInterval(other, one)
        : new KeyInterval(one, other);
  }

  private void checkPage(
      KeyInterval interval,
      DeltaOracle oracle,
      Scope scope,
      long at,
      int maxBytes,
      String question) {
    KeyPage page = log.readKeys(SWARM, Log.LOG_MAIN, scope, at, interval, maxBytes);
    assertThat(page.afterKey()).as(question).isEqualTo(interval.afterKey());
    List<Long> expected = new ArrayList<>();
    for (String key : liveKeys(oracle, scope, at)) {
      if ((page.afterKey().isEmpty() || ModelAgent.isAbove(key, page.afterKey()))
          && (page.throughKey().isEmpty() || !ModelAgent.isAbove(key, page.throughKey()))) {
        expected.add(newest(scope, key, at).getOpId());
      }
    }
    assertThat(ids(page.operations())).as(question).isEqualTo(expected);
    int bytes = 0;
    for (StoredOperation operation : page.operations()) {
      assertThat(bytes).as(question).isLessThan(maxBytes);
      bytes += operation.bytes().length;
    }
    assertThat(interval.behind(page.throughKey()) == null || bytes >= maxBytes)
        .as(question)
        .isTrue();
  }

  private void checkDigests(
      DeltaOracle oracle, Scope scope, long at, KeyInterval interval, String question) {
    KeyDigests read = log.readKeyDigests(SWARM, Log.LOG_MAIN, scope, at, interval);
    List<String> expected =
        liveKeys(oracle, scope, at).stream()
            .filter(key -> ModelAgent.isAbove(key, interval.afterKey()))
            .filter(key -> !interval.endsBefore(key))
            .toList();
    assertThat(read.keys()).as(question).extracting(KeyDigests.KeyDigest::key).isEqualTo(expected);
    for (KeyDigests.KeyDigest key : read.keys()) {
      byte[] value = newest(scope, key.key(), at).getValueDigest().toByteArray();
      assertThat(key.digest()).as(question).isEqualTo(NaiveDigests.key(scope, key.key(), value));
    }
    assertThat(read.throughKey()).as(question).isEqualTo(interval.throughKey());
  }

  private void checkVersions(Random random, Scope scope, String question) {
    String key = anyOf(random, KEYS);
    long from = random.nextLong(head() + 1);
    long to = from + random.nextLong(head() - from + 1);
    long atMost = 1 + random.nextInt(5);
    List<Operation> versions = versions(scope, key, to);
    long inside = versions.stream().filter(version -> version.getOpId() > from).count();
    assertThat(log.countVersions(SWARM, Log.LOG_MAIN, scope, key, from, to, atMost))
        .as(question)
        .isEqualTo(Math.min(inside, atMost));
    assertThat(
            log.newestOfKey(SWARM, Log.LOG_MAIN, scope, key, to)
                .map(StoredOperation::opId)
                .orElse(0L))
        .as(question)
        .isEqualTo(versions.isEmpty() ? 0 : newest(scope, key, to).getOpId());
  }

  private List<Operation> versions(Scope scope, String key, long at) {
    return operations.subList(0, (int) at).stream()
        .filter(op -> !key.isEmpty() && Place.of(op).equals(new Place(scope, key)))
        .toList();
  }

  private Operation newest(Scope scope, String key, long at) {
    List<Operation> versions = versions(scope, key, at);
    return versions.get(versions.size() - 1);
  }

  private static List<String> liveKeys(DeltaOracle oracle, Scope scope, long at) {
    Map<Place, Payload> state = oracle.state(View.of(Set.of(scope)), at);
    return KEYS.stream().filter(key -> state.containsKey(new Place(scope, key))).toList();
  }

  private List<Long> newestLive(DeltaOracle oracle, Scope scope, long at) {
    return liveKeys(oracle, scope, at).stream()
        .map(key -> newest(scope, key, at).getOpId())
        .toList();
  }

  private List<StoredOperation> readAllKeys(Scope scope, long at, int maxBytes, Runnable between) {
    List<StoredOperation> all = new ArrayList<>();
    String after = "";
    do {
      KeyPage page = readKeys(scope, at, after, maxBytes);
      assertThat(page.afterKey()).isEqualTo(after);
      all.addAll(page.operations());
      after = page.throughKey();
      between.run();
    } while (!after.isEmpty());
    return all;
  }

  private KeyPage readKeys(Scope scope, long at, String after, int maxBytes) {
    return log.readKeys(SWARM, Log.LOG_MAIN, scope, at, KeyInterval.after(after), maxBytes);
  }

  private void appendRandomly(Random random) {
    append(
        Stream.generate(() -> randomRecord(random))
            .limit(1 + random.nextInt(3))
            .toArray(PublishRecord[]::new));
  }

  private static PublishRecord randomRecord(Random random) {
    Target target = anyOf(random, TARGETS);
    String key = anyOf(random, KEYS);
    return switch (random.nextInt(6)) {
      case 0 -> event(Topic.TOPIC_RECONCILIATION, target, "e");
      case 1, 2 -> tombstone(Topic.TOPIC_RECONCILIATION, target, key);
      default -> keyed(Topic.TOPIC_RECONCILIATION, target, key, "v" + random.nextInt(3));
    };
  }

  private void append(PublishRecord... records) {
    commit(log, Entries.append(publish(SWARM, Log.LOG_MAIN, records).build()))
        .runs()
        .forEach(
            run -> run.operations().forEach(stored -> operations.add(ModelAgent.parsed(stored))));
  }

  private long head() {
    return operations.size();
  }

  private static <T> T anyOf(Random random, List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private static List<String> keys(List<StoredOperation> stored) {
    return stored.stream().map(one -> ModelAgent.parsed(one).getKey()).toList();
  }

  private static List<Long> ids(List<StoredOperation> stored) {
    return stored.stream().map(StoredOperation::opId).toList();
  }
}
