package dev.swarmlog.reliability.history;

import dev.swarmlog.reliability.history.Verdict.Linearizable;
import dev.swarmlog.reliability.history.Verdict.Undecided;
import dev.swarmlog.reliability.history.Verdict.Violated;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Decides whether one order of operations explains what clients saw of a log: whether each call can
 * be put at one moment between its beginning and its end, so that every answer is what a log would
 * say that does one thing at a time (Herlihy and Wing, "Linearizability", 1990).
 *
 * <p><b>The log that it is held against.</b> Groups are appended whole, under dense operation IDs
 * from 1. A request with a number or key is appended once; a retry gets the first answer, another
 * request under the same number is refused. Numbers of a producer are appended in their order,
 * without gaps. A reader sees the head and everything up to it; a sync gets every event of its view
 * and, of each key whose value differs, the newest operation. A refused publish changes nothing.
 * One whose outcome is unknown takes effect at any time after it began, or never.
 *
 * <p><b>Method.</b> In general this is NP-complete, and one searches through orders (Wing and Gong,
 * "Testing and verifying concurrent objects", 1993; Lowe, "Testing for linearizability", 2017). But
 * where answers tell which write each read saw, and in which order writes took effect, it takes O(n
 * log n) (Gibbons and Korach, "Testing shared memories", 1997). Acks and reads of a log tell just
 * that, by operation IDs. So:
 *
 * <ol>
 *   <li>{@link Evidence} puts each group where acks and reads say it is; they must agree.
 *   <li>{@link RequestRules} holds numbers and keys against it.
 *   <li>{@link RealTimeOrder} holds the one order that is left against time, in one walk; {@link
 *       DeltaRule} computes each sync.
 *   <li>Only where an operation ID is left of which nobody was told whose it is, {@link
 *       OrderSearch} tries the groups of unknown outcome there. It is bounded, and says when it
 *       gave up. A history that ends with a reading of the whole log has no such ID.
 * </ol>
 *
 * <p>What is linearizable stays so when its end is cut off. So the shortest beginning that is not
 * is found by halving, and told as the counterexample.
 *
 * <p>Immutable; any thread.
 */
public final class LinearizabilityChecker {

  private static final long DEFAULT_MAX_STEPS = 20_000_000;

  private static final Set<Violation.Kind> LACKING =
      EnumSet.of(Violation.Kind.HOLE, Violation.Kind.INVENTED);

  private final long maxSteps;

  /** One that gives up after a few seconds. */
  public LinearizabilityChecker() {
    this(DEFAULT_MAX_STEPS);
  }

  /**
   * One with another bound.
   *
   * @param maxSteps about how many calls a search looks at, again and again
   */
  public LinearizabilityChecker(long maxSteps) {
    this.maxSteps = maxSteps;
  }

  /** Decides, and finds the shortest counterexample. */
  public Verdict check(History history) {
    Verdict verdict = check(history, history);
    return verdict instanceof Violated violated ? shortest(history, violated) : verdict;
  }

  /**
   * @param all what came later, too: it tells what was lost from what was seen late
   */
  private Verdict check(History history, History all) {
    Evidence evidence = Evidence.of(history);
    Violation violation = evidence.take(history);
    if (violation != null) {
      return new Violated(violation, history);
    }
    RequestRules rules = new RequestRules(evidence);
    violation = rules.check();
    if (violation != null) {
      return new Violated(violation, history);
    }
    OrderSearch search = new OrderSearch(history, all, evidence, rules, maxSteps);
    violation = search.checkKnown();
    if (violation != null) {
      return new Violated(violation, history);
    }
    OrderSearch.Result result = search.search();
    violation = result.violation();
    if (violation != null) {
      return new Violated(violation, history);
    }
    return result.found()
        ? new Linearizable()
        : new Undecided(
            "Expected to find or to exclude an order within %d steps, but there are too many groups of unknown outcome"
                .formatted(maxSteps));
  }

  private Verdict shortest(History history, Violated whole) {
    List<Long> ends = history.calls().stream().map(Call::returnedNs).sorted().distinct().toList();
    Violated shortest = whole;
    int low = 0;
    int high = ends.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (check(history.until(ends.get(middle)), history) instanceof Violated violated
          && tellsAsMuch(violated, whole)) {
        shortest = violated;
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return shortest;
  }

  /** That something lacks explains less than what contradicts it, which may come a little later. */
  private static boolean tellsAsMuch(Violated shorter, Violated whole) {
    return !LACKING.contains(shorter.violation().kind())
        || LACKING.contains(whole.violation().kind());
  }
}
