package dev.swarmlog.reliability.history;

import static dev.swarmlog.reliability.history.Evidence.violation;

import dev.swarmlog.reliability.history.Violation.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks for groups of unknown outcome that fill operation IDs of which nobody was told whose they
 * are. Depth first, by operation ID, earliest group first; bounded.
 */
final class OrderSearch {

  private final History history;
  private final RequestRules rules;
  private final RealTimeOrder realTime;
  private final long headOpId;

  /** What is known, and while the search goes on what it tries. */
  private final Placement placement;

  /** Those without a place that may have one; earliest first. */
  private final List<Publication> open;

  private long stepsLeft;
  private @Nullable Violation firstFailure;

  /**
   * A search that begins with what is known.
   *
   * @param all the history with what came later
   * @param maxSteps about how many calls it looks at, again and again
   */
  OrderSearch(History history, History all, Evidence evidence, RequestRules rules, long maxSteps) {
    this.history = history;
    this.rules = rules;
    this.realTime = new RealTimeOrder(history, all);
    this.headOpId = evidence.headOpId();
    this.placement = evidence.placement();
    this.stepsLeft = maxSteps;
    this.open = new ArrayList<>(evidence.publications());
    open.removeIf(publication -> !isOpen(publication));
    open.sort(Comparator.comparingLong(OrderSearch::begunNs));
  }

  /** Whether a group without a place may be in the log. */
  boolean isOpen(Publication publication) {
    return publication.mayBeAppended()
        && !placement.contains(publication)
        && rules.rivals(publication).stream().noneMatch(placement::contains);
  }

  /** What contradicts itself whatever fills the gaps; null if nothing does. */
  @Nullable Violation checkKnown() {
    Violation violation = rules.checkNumbers(placement, this::isOpen);
    violation = violation != null ? violation : checkConflicts(/* withOpen= */ true);
    violation = violation != null ? violation : realTime.check(placement, rules);
    return violation != null ? violation : checkDeltas();
  }

  /** What came of it. */
  record Result(boolean found, boolean exhausted, @Nullable Violation violation) {}

  /** Searches. */
  Result search() {
    if (fill(1)) {
      return new Result(true, false, null);
    }
    if (stepsLeft <= 0) {
      return new Result(false, false, null);
    }
    long free = placement.firstFreeFrom(1);
    Violation first = firstFailure;
    return new Result(false, true, first != null && free > headOpId ? first : hole(free));
  }

  /** Whatever was tried there was a guess, so why it does not fit says less than that none does. */
  private Violation hole(long free) {
    Call told =
        history.calls().stream()
            .filter(
                call ->
                    (call.answer() instanceof Answer.Head head && head.opId() >= free)
                        || (call.answer() instanceof Answer.Read read && read.toInclusive() >= free)
                        || (call.answer() instanceof Answer.Appended appended
                            && appended.lastOpId() >= free))
            .min(Comparator.comparingLong(Call::returnedNs))
            .orElse(history.calls().get(0));
    return violation(
        Kind.HOLE,
        "Expected something to be operation %d of a log that ends with %d, but nothing that was published can be"
            .formatted(free, headOpId),
        told);
  }

  private boolean fill(long fromOpId) {
    long next = placement.firstFreeFrom(fromOpId);
    boolean atEnd = next > headOpId;
    if (atEnd && isOrder()) {
      return true;
    }
    if (atEnd && checkConflicts(/* withOpen= */ false) == null) {
      // More at the end of the log would put nothing right.
      return false;
    }
    for (Publication publication : open) {
      if (--stepsLeft <= 0) {
        return false;
      }
      if (fits(publication, next)) {
        placement.put(publication, next);
        if (fill(next + publication.size())) {
          return true;
        }
        placement.remove(publication);
      }
    }
    return false;
  }

  private boolean fits(Publication publication, long firstOpId) {
    return isOpen(publication)
        && placement.isFree(firstOpId, publication.size())
        && followsItsNumbers(publication);
  }

  /** Whether the number below is in the log by now. */
  private boolean followsItsNumbers(Publication publication) {
    if (publication.id().isEmpty() || publication.id().get().number() <= 1) {
      return true;
    }
    RequestId id = publication.id().get();
    return placement.inOrder().stream()
        .flatMap(placed -> placed.id().stream())
        .anyMatch(new RequestId(id.of(), id.number() - 1)::equals);
  }

  private boolean isOrder() {
    stepsLeft -= history.calls().size();
    Violation violation = rules.checkNumbers(placement, nowhere -> false);
    violation = violation != null ? violation : checkConflicts(/* withOpen= */ false);
    violation = violation != null ? violation : realTime.check(placement, rules);
    violation = violation != null ? violation : checkDeltas();
    if (firstFailure == null) {
      firstFailure = violation;
    }
    return violation == null;
  }

  /** Whether each conflict has something to be in conflict with. */
  private @Nullable Violation checkConflicts(boolean withOpen) {
    for (Call call : history.calls()) {
      if (call.request() instanceof Request.Publish publish
          && call.answer() instanceof Answer.Refused refused
          && refused.conflict()
          && rules.rivals(new Publication(publish)).stream()
              .filter(rival -> !rival.request.equals(publish))
              .noneMatch(rival -> placement.contains(rival) || (withOpen && isOpen(rival)))) {
        return violation(
            Kind.CONFLICT_INVENTED,
            "Expected another group under the number or key of one that was refused for it, but none can have been appended",
            call);
      }
    }
    return null;
  }

  private @Nullable Violation checkDeltas() {
    DeltaRule deltas = new DeltaRule(placement);
    for (Call call : history.calls()) {
      Violation violation = deltas.check(call);
      if (violation != null) {
        return violation;
      }
    }
    return null;
  }

  private static long begunNs(Publication publication) {
    Call appender = publication.appender();
    return appender == null ? Long.MAX_VALUE : appender.invokedNs();
  }
}
