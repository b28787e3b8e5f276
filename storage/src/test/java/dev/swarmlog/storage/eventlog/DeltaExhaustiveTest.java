package dev.swarmlog.storage.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.TinyLogs.TinyLog;
import dev.swarmlog.v1.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The delta, proven by trying everything: every log of up to five operations, every base, every
 * target while the log goes on behind it, and every place to be cut off at, again and again.
 *
 * <p>A reader starts from each operation of the log, whole. He is given a delta to each target,
 * commits as far as each operation of it, is given another one to each later target, and so on,
 * until no reader comes up who was not seen before: so any number of interruptions is covered.
 */
final class DeltaExhaustiveTest {

  private static final int MAX_OPERATIONS = 5;
  private static final int MAX_OPERATIONS_WITH_EVENTS = 4;
  private static final long NOW = Entries.START_UNIX_NS;

  /** What was looked at. */
  private static final class Tally {
    private long logs;
    private long pages;
    private long deltas;
    private long minimalDeltas;
    private long cutOff;

    @Override
    public String toString() {
      return "%,d logs, %,d pages, %,d syncs (%,d of them minimal), cut off in %,d places"
          .formatted(logs, pages, deltas, minimalDeltas, cutOff);
    }
  }

  @Test
  void shouldConvergeWhereverReadersOfKeysAreCutOff() {
    tryAll(TinyLogs.upTo(MAX_OPERATIONS, 3, /* withEvents= */ false), 3);
  }

  @Test
  void shouldConvergeWhereverReadersOfKeysAndEventsAreCutOff() {
    tryAll(TinyLogs.upTo(MAX_OPERATIONS_WITH_EVENTS, 3, /* withEvents= */ true), 3);
  }

  private static void tryAll(List<TinyLog> logs, int names) {
    Tally tally = new Tally();
    for (TinyLog log : logs) {
      try (DeltasOfLog deltas = new DeltasOfLog(log.records())) {
        Tally ofLog = new Tally();
        tryAll(deltas, ofLog);
        int times = log.standsFor(names);
        tally.logs += times;
        tally.pages += deltas.pagesRead();
        tally.deltas += times * ofLog.deltas;
        tally.minimalDeltas += times * ofLog.minimalDeltas;
        tally.cutOff += times * ofLog.cutOff;
      }
    }
    System.out.println("DeltaExhaustiveTest: " + tally + "; read " + logs.size());
  }

  private static void tryAll(DeltasOfLog log, Tally tally) {
    DeltaOracle oracle = new DeltaOracle(log.whole());
    Set<TinyReader> seen = new HashSet<>();
    Deque<TinyReader> waiting = new ArrayDeque<>();
    for (int at = 0; at <= log.head(); at++) {
      waiting.add(TinyReader.live(log.whole(), at));
    }
    while (!waiting.isEmpty()) {
      TinyReader reader = waiting.remove();
      if (!seen.add(reader)) {
        continue;
      }
      for (int target = reader.target(); target <= log.head(); target++) {
        DeltaBounds bounds = reader.resume(target);
        List<Operation> delta = log.delta(bounds);
        tally.deltas++;
        int replayed = TinyReader.applied(0, log.whole(), target);
        if (reader.after(bounds, delta, target).held() != replayed) {
          throw new AssertionError(reader + " diverges at " + target + " of " + log.whole());
        }
        if (bounds.exact()) {
          checkMinimal(reader, delta, oracle, bounds, replayed);
          tally.minimalDeltas++;
        }
        for (int cursor = reader.cursor(); cursor <= target; cursor++) {
          waiting.add(reader.after(bounds, delta, cursor));
          tally.cutOff++;
        }
      }
    }
  }

  private static void checkMinimal(
      TinyReader reader,
      List<Operation> delta,
      DeltaOracle oracle,
      DeltaBounds bounds,
      int replayed) {
    int target = (int) bounds.target();
    List<Long> minimal =
        oracle.minimal(View.everything(), reader.keys(), reader.cursor(), target, NOW);
    List<Long> ids = delta.stream().map(Operation::getOpId).toList();
    if (!ids.equals(minimal)) {
      throw new AssertionError(
          "Expected " + minimal + " for " + reader + " and " + bounds + ", but got " + ids);
    }
    for (int left = 0; left < delta.size(); left++) {
      List<Operation> incomplete = new ArrayList<>(delta);
      incomplete.remove(left);
      if (TinyReader.applied(reader.held(), incomplete, target) == replayed) {
        throw new AssertionError("Expected to need " + delta.get(left) + " in " + bounds);
      }
    }
  }

  /**
   * The rules that come to mind first, as the design counted how often they end in another state:
   * each delta of two entries cut off behind the first one, resumed to the head.
   */
  @Test
  void shouldSeeRulesDivergeThatKnowTooLittle() {
    long cases = 0;
    long byCursorAlone = 0;
    long byBaseAlone = 0;
    long byTriple = 0;
    for (TinyLog tiny : TinyLogs.upTo(MAX_OPERATIONS, 2, /* withEvents= */ false)) {
      int times = tiny.standsFor(2);
      try (DeltasOfLog log = new DeltasOfLog(tiny.records())) {
        for (int base = 0; base <= log.head(); base++) {
          for (int target = base; target <= log.head(); target++) {
            cases += times;
            List<Operation> delta = log.delta(DeltaBounds.from(base, target));
            if (delta.size() < 2) {
              continue;
            }
            int cursor = (int) delta.get(0).getOpId();
            int head = log.head();
            int held = TinyReader.applied(TinyReader.live(log.whole(), base).held(), delta, cursor);
            byCursorAlone += diverges(log, held, DeltaBounds.from(cursor, head)) ? times : 0;
            byBaseAlone +=
                diverges(log, held, DeltaBounds.resumed(base, cursor, head, head)) ? times : 0;
            byTriple +=
                diverges(log, held, DeltaBounds.resumed(base, cursor, target, head)) ? times : 0;
          }
        }
      }
    }
    System.out.printf(
        "DeltaExhaustiveTest: one interruption, %,d cases; by cursor alone %,d diverge, by base alone %,d,"
            + " by triple %,d%n",
        cases, byCursorAlone, byBaseAlone, byTriple);
    assertThat(List.of(cases, byCursorAlone, byBaseAlone, byTriple))
        .containsExactly(185_130L, 2_784L, 3_008L, 0L);
  }

  /** Two interruptions, each time before the target, and a head that moves on. */
  @Test
  void shouldSeeTripleDivergeThatStaysExact() {
    long cases = 0;
    long whenStillExact = 0;
    long whenNoLongerExact = 0;
    for (TinyLog tiny : TinyLogs.upTo(MAX_OPERATIONS, 2, /* withEvents= */ false)) {
      int times = tiny.standsFor(2);
      try (DeltasOfLog log = new DeltasOfLog(tiny.records())) {
        for (TinyReader twice : cutOffTwice(log)) {
          for (int head = twice.target(); head <= log.head(); head++) {
            cases += times;
            DeltaBounds stillExact =
                DeltaBounds.resumed(twice.base(), twice.cursor(), twice.target(), head);
            whenStillExact += diverges(log, twice.held(), stillExact) ? times : 0;
            whenNoLongerExact += diverges(log, twice.held(), twice.resume(head)) ? times : 0;
          }
        }
      }
    }
    System.out.printf(
        "DeltaExhaustiveTest: two interruptions, %,d cases; %,d diverge if still exact, %,d if not%n",
        cases, whenStillExact, whenNoLongerExact);
    assertThat(List.of(cases, whenStillExact, whenNoLongerExact))
        .containsExactly(2_439_150L, 26_556L, 0L);
  }

  private static List<TinyReader> cutOffTwice(DeltasOfLog log) {
    List<TinyReader> readers = new ArrayList<>();
    for (int at = 0; at <= log.head(); at++) {
      for (TinyReader once : cutOff(log, TinyReader.live(log.whole(), at))) {
        readers.addAll(cutOff(log, once));
      }
    }
    return readers;
  }

  private static List<TinyReader> cutOff(DeltasOfLog log, TinyReader reader) {
    List<TinyReader> readers = new ArrayList<>();
    for (int target = reader.target(); target <= log.head(); target++) {
      DeltaBounds bounds = reader.resume(target);
      for (int cursor = reader.cursor(); cursor < target; cursor++) {
        readers.add(reader.after(bounds, log.delta(bounds), cursor));
      }
    }
    return readers;
  }

  private static boolean diverges(DeltasOfLog log, int held, DeltaBounds bounds) {
    int target = (int) bounds.target();
    return TinyReader.applied(held, log.delta(bounds), target)
        != TinyReader.applied(0, log.whole(), target);
  }
}
