package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.commit;
import static dev.swarmlog.storage.eventlog.Entries.compact;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.next;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyDigests;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.DeltaOracle.Place;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random logs that are compacted at random: from the horizon on everything is as in a log that
 * never was, and below it there is what must be and nothing else. The seed is the test's argument.
 */
public abstract class CompactedFoldContract {

  private static final int APPENDS = 25;
  private static final int QUESTIONS = 3;
  private static final int SYNCS = 60;

  private EventLog log;

  /** Got the same entries, in memory. */
  private EventLog twin;

  /** Got the same entries without the compactions. */
  private EventLog whole;

  private SwarmWriter writer;
  private Random random;

  /** A new, empty log. */
  protected abstract EventLog open();

  /** Closes the log and opens it again, if that form of it can. */
  protected abstract EventLog reopen(EventLog open);

  @BeforeEach
  void openLog() {
    log = open();
    twin = InMemoryEventLog.create();
    whole = InMemoryEventLog.create();
    List.of(log, twin, whole).forEach(each -> commit(each, createSwarm(SWARM)));
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldAnswerFromTheHorizonOnAsIfNothingHadGone(long seed) {
    // given
    begin(seed);
    for (int i = 0; i < APPENDS; i++) {
      appendAndCompact();
      if (random.nextInt(8) == 0) {
        log = reopen(log);
      }
      long head = writer.head();
      for (int q = 0; q < QUESTIONS; q++) {
        // when
        View view = anyView();
        long from = horizon() + random.nextLong(head - horizon() + 1);
        long to = from + random.nextLong(head - from + 1);
        // then
        compare("seed " + seed + " (" + from + ", " + to + "] of " + view, view, from, to);
      }
    }
    assertThat(horizon()).isPositive();
    assertThat(writer.head()).isGreaterThan(horizon());
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldKeepExactlyWhatIsOwed(long seed) {
    begin(seed);
    for (int i = 0; i < APPENDS; i++) {
      // when
      appendAndCompact();

      // then
      String where = "seed " + seed + ", append " + i + ", horizon " + horizon();
      assertThat(rows(log)).as(where).isEqualTo(rows(twin));
      assertThat(rows(log)).as(where).isEqualTo(owed());
      assertThat(log.nextTimerUnixNs()).as(where).isEqualTo(twin.nextTimerUnixNs());
    }
    assertThat(rows(log).size()).isLessThan(rows(whole).size());
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldLoseNothingBetweenPages(long seed) {
    // given
    begin(seed);
    Map<String, Integer> ways = new TreeMap<>();
    for (int i = 0; i < SYNCS; i++) {
      if (i % 5 == 0) {
        appendAndCompact();
      }
      View view = anyView();
      ModelAgent agent = new ModelAgent();
      if (random.nextInt(3) > 0) {
        long base = horizon() + random.nextLong(writer.head() - horizon() + 1);
        readWhole(agent, view, base);
      }
      // when
      String way = "whole";
      for (int attempt = 0; attempt < 3 && way.equals("whole"); attempt++) {
        way = sync("seed " + seed + ", sync " + i, agent, view, attempt == 2);
        ways.merge(way, 1, Integer::sum);
      }
    }
    System.out.println(getClass().getSimpleName() + ": seed " + seed + ", syncs " + ways);
    assertThat(ways).containsKeys("whole", "below the horizon", "went on without elision");
  }

  @Test
  void shouldReadWhileItIsCompacted() {
    // given a writer that appends and compacts all the time
    begin(1);
    EventLog read = log;
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 150; i++) {
                appendAndCompact();
              }
            });
    boolean last = false;
    int answered = 0;
    while (!last) {
      last = writing.isDone();
      // when
      long target = read.swarm(SWARM).orElseThrow().mainHead().getOpId();
      ModelAgent agent = new ModelAgent();
      List<dev.swarmlog.v1.ScopeSums> sums;
      try {
        DeltaBounds bounds = DeltaBounds.from(0, target);
        while (agent.cursor() < target) {
          Page page =
              read.readDelta(SWARM, Log.LOG_MAIN, View.everything(), bounds, agent.cursor(), 2_000);
          agent.commit(page, bounds, true);
          bounds = bounds.after(page);
        }
        sums = read.sums(SWARM, Log.LOG_MAIN, View.everything(), target);
      } catch (BelowHorizonException e) {
        continue;
      }
      // then
      answered++;
      assertThat(agent.differing(sums)).isEmpty();
      assertThat(agent.redundantEntries()).isZero();
    }
    writing.join();
    System.out.println(getClass().getSimpleName() + ": read " + answered + " whole states");
    assertThat(answered).isPositive();
  }

  private void begin(long seed) {
    random = new Random(seed);
    writer = new SwarmWriter(random);
    appendAndCompact();
  }

  /** Appends some entries; some of them compact, anywhere among the other commands. */
  private void appendAndCompact() {
    writer.append(
        log,
        commands -> {
          List<Command> more = new ArrayList<>(commands);
          if (random.nextInt(3) == 0) {
            long horizon = log.swarm(SWARM).orElseThrow().horizonOpId(Log.LOG_MAIN);
            long upTo = horizon + random.nextInt(30);
            int at = random.nextInt(more.size() + 1);
            more.add(at, compact(Log.LOG_MAIN, Math.min(upTo, writer.head() + 1)));
          }
          whole.apply(next(whole, commands));
          twin.apply(next(twin, more));
          whole.sync();
          twin.sync();
          return more;
        });
  }

  private void compare(String question, View view, long from, long to) {
    int maxBytes = random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(3_000);
    long now = log.durableLoggedUnixNs();
    DeltaOracle oracle = new DeltaOracle(writer.operations());
    NaiveFold fold = new NaiveFold(writer.operations());

    assertThat(pages(from, to, at -> log.read(SWARM, Log.LOG_MAIN, view, at, to, maxBytes)))
        .as("read, %s", question)
        .isEqualTo(pages(from, to, at -> whole.read(SWARM, Log.LOG_MAIN, view, at, to, maxBytes)));
    DeltaBounds bounds = DeltaBounds.from(from, to);
    assertThat(
            pages(from, to, at -> log.readDelta(SWARM, Log.LOG_MAIN, view, bounds, at, maxBytes)))
        .as("delta, %s", question)
        .isEqualTo(oracle.minimal(view, oracle.state(view, from), from, to, now));
    long middle = from + random.nextLong(to - from + 1);
    long start = from + random.nextLong(middle - from + 1);
    DeltaBounds resumed = DeltaBounds.resumed(from, start, middle, to);
    assertThat(
            pages(start, to, at -> log.readDelta(SWARM, Log.LOG_MAIN, view, resumed, at, maxBytes)))
        .as("delta, %s, %s", resumed, question)
        .isEqualTo(oracle.minimal(view, held(oracle, view, from, start, middle), start, to, now));
    DeltaBounds nothing = DeltaBounds.from(0, to);
    assertThat(
            deltaPages(
                nothing,
                at -> log.readDelta(SWARM, Log.LOG_MAIN, view, at.bounds, at.cursor, maxBytes)))
        .as("delta from nothing, %s", question)
        .isEqualTo(oracle.minimal(view, Map.of(), horizon(), to, now));
    assertThat(pages(from, to, at -> log.readEvents(SWARM, Log.LOG_MAIN, view, at, to, maxBytes)))
        .as("events, %s", question)
        .isEqualTo(oracle.minimal(view, oracle.state(view, to), from, to, now));
    assertThat(log.count(SWARM, Log.LOG_MAIN, view, from, to))
        .as("count, %s", question)
        .isEqualTo(fold.read(view, from, to).size());
    assertThat(log.count(SWARM, Log.LOG_MAIN, view, 0, to))
        .as("count, %s", question)
        .isEqualTo(fold.read(view, 0, to).size());
    assertThat(log.keyedBounds(SWARM, Log.LOG_MAIN, view, from, to))
        .as("keyed bounds, %s", question)
        .isEqualTo(fold.keyedBounds(view, from, to));
    assertThat(log.sums(SWARM, Log.LOG_MAIN, view, from))
        .as("sums, %s", question)
        .isEqualTo(whole.sums(SWARM, Log.LOG_MAIN, view, from));
    assertThat(log.runningHash(SWARM, Log.LOG_MAIN, from).orElseThrow())
        .as("hash, %s", question)
        .isEqualTo(whole.runningHash(SWARM, Log.LOG_MAIN, from).orElseThrow());
    for (Scope scope : SwarmWriter.SCOPES) {
      assertThat(keys(log, scope, from, maxBytes))
          .as("keys of %s, %s", scope, question)
          .isEqualTo(keys(whole, scope, from, maxBytes));
      assertThat(digests(log, scope, from))
          .as("digests of %s, %s", scope, question)
          .isEqualTo(digests(whole, scope, from));
    }
    Operation some = writer.operations().get(random.nextInt(writer.operations().size()));
    if (!some.getKey().isEmpty()) {
      Scope scope = NaiveFold.scope(some);
      assertThat(log.countVersions(SWARM, Log.LOG_MAIN, scope, some.getKey(), from, to, 9))
          .isEqualTo(whole.countVersions(SWARM, Log.LOG_MAIN, scope, some.getKey(), from, to, 9));
      assertThat(newestOrDead(log, scope, some.getKey(), to))
          .isEqualTo(newestOrDead(whole, scope, some.getKey(), to));
    }
  }

  /** What is at or below the horizon says nothing of dead keys. */
  private long newestOrDead(EventLog from, Scope scope, String key, long at) {
    return from.newestOfKey(SWARM, Log.LOG_MAIN, scope, key, at)
        .filter(op -> op.opId() > horizon() || !ModelAgent.parsed(op).getTombstone())
        .map(StoredOperation::opId)
        .orElse(0L);
  }

  /** What an agent holds whose delta from a base to a target was cut off at a cursor. */
  private Map<Place, Payload> held(
      DeltaOracle oracle, View view, long base, long cursor, long target) {
    Map<Place, Payload> held = new HashMap<>(oracle.state(view, cursor));
    Map<Place, Payload> before = oracle.state(view, base);
    for (Operation moved : writer.operations().subList((int) cursor, (int) target)) {
      Place place = Place.of(moved);
      if (before.containsKey(place)) {
        held.put(place, before.get(place));
      } else {
        held.remove(place);
      }
    }
    return held;
  }

  private static List<Long> pages(long from, long to, LongFunction<Page> reading) {
    List<Long> ids = new ArrayList<>();
    long cursor = from;
    do {
      Page page = reading.apply(cursor);
      assertThat(page.toInclusive() > cursor || cursor == to).isTrue();
      page.operations().forEach(operation -> ids.add(operation.opId()));
      cursor = page.toInclusive();
    } while (cursor < to);
    return ids;
  }

  private record At(DeltaBounds bounds, long cursor) {}

  private static List<Long> deltaPages(DeltaBounds bounds, Function<At, Page> reading) {
    List<Long> ids = new ArrayList<>();
    At at = new At(bounds, bounds.start());
    while (at.cursor < bounds.target()) {
      Page page = reading.apply(at);
      page.operations().forEach(operation -> ids.add(operation.opId()));
      at = new At(at.bounds.after(page), page.toInclusive());
    }
    return ids;
  }

  private static List<Long> keys(EventLog from, Scope scope, long at, int maxBytes) {
    List<Long> ids = new ArrayList<>();
    String after = "";
    do {
      KeyPage page =
          from.readKeys(SWARM, Log.LOG_MAIN, scope, at, KeyInterval.after(after), maxBytes);
      page.operations().forEach(operation -> ids.add(operation.opId()));
      after = page.throughKey();
    } while (!after.isEmpty());
    return ids;
  }

  private static List<String> digests(EventLog from, Scope scope, long at) {
    KeyDigests digests = from.readKeyDigests(SWARM, Log.LOG_MAIN, scope, at, KeyInterval.ALL);
    return digests.keys().stream()
        .map(key -> key.key() + HexFormat.of().formatHex(key.digest()))
        .toList();
  }

  /** Gives an agent every operation up to a position, from the log that never was compacted. */
  private void readWhole(ModelAgent agent, View view, long to) {
    agent.commit(whole.read(SWARM, Log.LOG_MAIN, view, 0, to, 1 << 20));
  }

  /**
   * Brings an agent to the head, page by page, while the log grows and is compacted, or is cut off.
   * Says what came of it.
   */
  private String sync(String where, ModelAgent agent, View view, boolean toEnd) {
    long target = writer.head();
    DeltaBounds bounds = agent.resume(target);
    boolean exact = agent.isWhole();
    long redundant = agent.redundantEntries();
    boolean elided = true;
    while (agent.cursor() < target) {
      Page page;
      try {
        page = log.readDelta(SWARM, Log.LOG_MAIN, view, bounds, agent.cursor(), 1);
      } catch (BelowHorizonException e) {
        boolean owed = agent.cursor() >= horizon() && target >= horizon();
        assertThat(owed).as("%s refused at %s: %s", where, horizon(), e).isFalse();
        return "below the horizon";
      }
      elided &= bounds.base() >= horizon() || bounds.isFromNothing();
      agent.commit(page, bounds, exact);
      bounds = bounds.after(page);
      if (random.nextInt(12) == 0) {
        appendAndCompact();
      }
      if (!toEnd && random.nextInt(12) == 0) {
        return "whole";
      }
    }
    DeltaOracle oracle = new DeltaOracle(writer.operations());
    String at = where + " " + bounds + " of " + view + ", horizon " + horizon();
    assertThat(agent.keys()).as(at).isEqualTo(oracle.state(view, target));
    assertThat(agent.differing(whole.sums(SWARM, Log.LOG_MAIN, view, target))).as(at).isEmpty();
    if (bounds.exact() && elided) {
      assertThat(agent.redundantEntries()).as(at).isEqualTo(redundant);
    }
    return elided ? "to the end" : "went on without elision";
  }

  /** All rows but those that say what was compacted. */
  private static Set<String> rows(EventLog from) {
    return rows(from, row -> true);
  }

  private static Set<String> rows(EventLog from, Predicate<EventLog.Row> wanted) {
    Set<String> rows = new TreeSet<>();
    HexFormat hex = HexFormat.of();
    from.dump(
        row -> {
          boolean isHorizon = row.family().equals("meta") && row.key()[10] == 0x17;
          if (!isHorizon && wanted.test(row)) {
            rows.add(
                row.family() + " " + hex.formatHex(row.key()) + " " + hex.formatHex(row.value()));
          }
        });
    return rows;
  }

  /** By definition, out of a log that never was compacted. */
  private Set<String> owed() {
    long horizon = horizon();
    Map<Place, Operation> newestOfKey = new HashMap<>();
    Map<Scope, Long> newestOfScope = new HashMap<>();
    Set<Long> kept = new HashSet<>();
    for (Operation operation : writer.operations()) {
      if (operation.getOpId() > horizon) {
        kept.add(operation.getOpId());
      } else {
        newestOfScope.put(NaiveFold.scope(operation), operation.getOpId());
        newestOfKey.put(Place.of(operation), operation);
      }
    }
    newestOfKey.values().stream()
        .filter(operation -> !operation.getKey().isEmpty() && !operation.getTombstone())
        .forEach(operation -> kept.add(operation.getOpId()));
    return rows(
        whole,
        row -> {
          long trailing = ByteBuffer.wrap(row.key()).getLong(row.key().length - 8);
          return switch (row.family()) {
            case "log", "delta", "coordination" -> kept.contains(trailing);
            case "history" -> kept.contains(~trailing);
            case "state" -> kept.contains(ByteBuffer.wrap(row.value()).getLong());
            case "scope" -> trailing > horizon || newestOfScope.containsValue(trailing);
            default -> true;
          };
        });
  }

  private View anyView() {
    return random.nextInt(4) == 0
        ? View.everything()
        : View.of(
            SwarmWriter.SCOPES.stream()
                .filter(scope -> random.nextBoolean())
                .collect(Collectors.toSet()));
  }

  private long horizon() {
    return log.swarm(SWARM).orElseThrow().horizonOpId(Log.LOG_MAIN);
  }
}
