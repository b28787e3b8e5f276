package dev.swarmlog.reliability.history;

import static dev.swarmlog.reliability.history.Evidence.violation;

import dev.swarmlog.reliability.history.Answer.Head;
import dev.swarmlog.reliability.history.Answer.Read;
import dev.swarmlog.reliability.history.Violation.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether the order of a log agrees with the order of time.
 *
 * <p>Where each group is, and which head each reader saw, puts all calls into one order; only
 * readers of the same head may change places. Such an order is a linearization if and only if no
 * call was over before another began that stands in front of it. So one walk in that order, which
 * keeps the latest beginning so far, decides.
 */
final class RealTimeOrder {

  /**
   * A point of the order, which lies between two times.
   *
   * @param place twice the operation ID behind which it stands, plus one for a reader
   * @param notBeforeNs when the call began that has its effect here
   * @param begun that call; null if there is no such bound
   * @param notAfterNs when somebody had seen it
   * @param seen who; null if nobody
   */
  private record Point(
      long place, long notBeforeNs, @Nullable Call begun, long notAfterNs, @Nullable Call seen) {

    boolean isAppend() {
      return place % 2 == 0;
    }

    long opId() {
      return place / 2;
    }
  }

  private final History history;
  private final History all;

  /**
   * The order of a history.
   *
   * @param all the same with what came later, to tell what was lost from what was seen late
   */
  RealTimeOrder(History history, History all) {
    this.history = history;
    this.all = all;
  }

  /** Null if they agree. */
  @Nullable Violation check(Placement placement, RequestRules rules) {
    List<Point> points = new ArrayList<>();
    for (Publication publication : placement.inOrder()) {
      addPoints(publication, placement, rules, points);
    }
    for (Call call : history.calls()) {
      Violation torn = addReader(call, placement, points);
      if (torn != null) {
        return torn;
      }
    }
    points.sort(Comparator.comparingLong(Point::place));
    return walk(points);
  }

  private static void addPoints(
      Publication publication, Placement placement, RequestRules rules, List<Point> points) {
    long last = placement.firstOpId(publication).orElse(0L) + publication.size() - 1;
    Call begun = publication.appender();
    Call seen = publication.acknowledgement();
    points.add(
        new Point(
            2 * last,
            begun == null ? Long.MIN_VALUE : begun.invokedNs(),
            begun,
            seen == null ? Long.MAX_VALUE : seen.returnedNs(),
            seen));
    for (Publication rival : rules.rivals(publication)) {
      for (Call refused : rival.conflicts()) {
        points.add(new Point(2 * last + 1, Long.MIN_VALUE, null, refused.returnedNs(), refused));
      }
    }
  }

  private static @Nullable Violation addReader(Call call, Placement placement, List<Point> points) {
    long head;
    boolean whole = true;
    if (call.answer() instanceof Head answer) {
      head = answer.opId();
    } else if (call.answer() instanceof Read answer) {
      head = answer.toInclusive();
      whole = answer.whole();
    } else {
      return null;
    }
    Publication at = placement.at(head);
    long end = at == null ? head : placement.firstOpId(at).orElse(0L) + at.size() - 1;
    if (whole && end != head) {
      return violation(
          Kind.GROUP_TORN,
          "Expected " + at + " whole or not at all, but the head was within it, at " + head,
          at == null ? null : at.acknowledgement(),
          call);
    }
    points.add(
        new Point(
            2 * end + 1,
            whole ? call.invokedNs() : Long.MIN_VALUE,
            whole ? call : null,
            call.returnedNs(),
            call));
    return null;
  }

  private @Nullable Violation walk(List<Point> points) {
    Point latest = null;
    Point latestHere = null;
    for (Point point : points) {
      if (latestHere != null && latestHere.place() < point.place()) {
        latest = later(latest, latestHere);
        latestHere = null;
      }
      if (latest != null && latest.notBeforeNs() > point.notAfterNs()) {
        return inverted(latest, point);
      }
      if (point.notBeforeNs() > point.notAfterNs()) {
        return violation(
            Kind.DUPLICATE_MISJUDGED,
            "Expected a group to be appended before it is said to be, but operation %d was acknowledged before the attempt began that can have appended it"
                .formatted(point.opId()),
            point.seen(),
            point.begun());
      }
      latestHere = later(latestHere, point);
    }
    return null;
  }

  private static Point later(@Nullable Point a, Point b) {
    return a == null || b.notBeforeNs() > a.notBeforeNs() ? b : a;
  }

  /**
   * @param first stands in front, and had not begun when {@code second} was over
   */
  private Violation inverted(Point first, Point second) {
    if (first.isAppend()) {
      return violation(
          Kind.TIME_INVERTED,
          second.isAppend()
              ? "Expected operation %d behind what had been acknowledged before its publication began, but that is operation %d"
                  .formatted(first.opId(), second.opId())
              : "Expected operation %d to be seen after its publication began, but it had been seen before, up to %d"
                  .formatted(first.opId(), second.opId()),
          second.seen(),
          first.begun());
    }
    return violation(
        seenLater(second) ? Kind.STALE_READ : Kind.LOST,
        "Expected a reader that began after operation %d had been %s to see it, but it saw a log that ends with %d"
            .formatted(second.opId(), second.isAppend() ? "acknowledged" : "seen", first.opId()),
        second.seen(),
        first.begun());
  }

  /** Whether a reader that began after a point was over saw what is there. */
  private boolean seenLater(Point point) {
    return all.calls().stream()
        .filter(call -> call.invokedNs() > point.notAfterNs())
        .anyMatch(
            call ->
                (call.answer() instanceof Head head && head.opId() >= point.opId())
                    || (call.answer() instanceof Read read && read.toInclusive() >= point.opId()));
  }
}
