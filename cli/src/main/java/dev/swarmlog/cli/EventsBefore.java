package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.Change;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.DiffSummary;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.ScopeSums;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The last events of a view up to an operation.
 *
 * @param last in ascending order
 * @param count of all there ever were up to the operation
 * @param goneCount of these, the ones up to the horizon: nothing else is known of them
 * @param horizonOpId of the log; 0 if it was never compacted
 */
record EventsBefore(List<Operation> last, long count, long goneCount, long horizonOpId) {

  /** Operations of the first interval that is looked at. */
  private static final long FIRST_INTERVAL = 1_000;

  /** How much longer each interval is than the one above it. */
  private static final int GROWTH = 8;

  /**
   * Reads them, backwards in growing intervals until there are enough: what lies further back is
   * not read.
   *
   * @param upToThere whose view, and up to which operation
   * @param sums of the view at that operation
   * @param atMost how many
   */
  static EventsBefore read(
      SwarmClient client,
      DiffRequest upToThere,
      List<ScopeSums> sums,
      long horizonOpId,
      int atMost) {
    long to = upToThere.getToOpId();
    long count = events(sums);
    long gone = 0;
    if (horizonOpId > 0 && count > 0) {
      gone = events(Interval.read(client, upToThere, horizonOpId, horizonOpId, atMost).sums);
    }
    ArrayDeque<Operation> last = new ArrayDeque<>();
    long wanted = Math.min(count - gone, atMost);
    long length = FIRST_INTERVAL;
    while (last.size() < wanted && to > horizonOpId) {
      long from = to - horizonOpId > length ? to - length : horizonOpId;
      int lacking = (int) wanted - last.size();
      ArrayDeque<Operation> read = Interval.read(client, upToThere, from, to, lacking).events;
      while (!read.isEmpty()) {
        last.addFirst(read.removeLast());
      }
      to = from;
      length *= GROWTH;
    }
    return new EventsBefore(List.copyOf(last), count, gone, horizonOpId);
  }

  private static long events(List<ScopeSums> sums) {
    return sums.stream().mapToLong(ScopeSums::getEventCount).sum();
  }

  /** The last events of an interval. */
  private static final class Interval extends DiffAnswer {

    private final ArrayDeque<Operation> events = new ArrayDeque<>();
    private final int atMost;
    private List<ScopeSums> sums = List.of();

    private Interval(int atMost) {
      super("--at");
      this.atMost = atMost;
    }

    static Interval read(
        SwarmClient client, DiffRequest view, long fromExclusive, long toInclusive, int atMost) {
      Interval interval = new Interval(atMost);
      interval.showAll(
          client.diff(view.toBuilder().setFromOpId(fromExclusive).setToOpId(toInclusive).build()));
      return interval;
    }

    @Override
    void show(Change change) {
      Operation operation = change.getAfter();
      if (operation.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED) {
        events.addLast(operation);
        if (events.size() > atMost) {
          events.removeFirst();
        }
      }
    }

    @Override
    void show(DiffSummary summary) {
      sums = summary.getSumsList();
    }
  }
}
