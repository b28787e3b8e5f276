package dev.swarmlog.sdk;

import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What holds for every delivery. */
final class Deliveries {
  private Deliveries() {}

  /**
   * Why the delivery cannot be the next one; null if it can, or if it has been applied already.
   *
   * @param from where the lane stands; null if it has no position yet
   * @param end where deliveries end for now; null if they do not
   */
  static @Nullable String misfit(
      Delivery delivery, @Nullable Position from, @Nullable Position end) {
    Position to = delivery.getTo();
    if (from != null && !isSameHistory(from, to)) {
      return "Expected deliveries of epoch %016x, but got one of epoch %016x"
          .formatted(from.getEpoch(), to.getEpoch());
    }
    if (from != null && delivery.getFromOpId() > from.getOpId()) {
      return "Expected a delivery that starts at operation %d or before, but it starts at %d"
          .formatted(from.getOpId(), delivery.getFromOpId());
    }
    if (!isOrdered(delivery)) {
      return "Expected operations in ascending order within (%d, %d], but got another order"
          .formatted(delivery.getFromOpId(), to.getOpId());
    }
    if (end != null && to.getOpId() > end.getOpId()) {
      return "Expected deliveries up to the target %d of the sync, but got one up to %d"
          .formatted(end.getOpId(), to.getOpId());
    }
    return null;
  }

  /** The operations above one. */
  static List<Operation> above(long opId, List<Operation> ascending) {
    int first = 0;
    while (first < ascending.size() && ascending.get(first).getOpId() <= opId) {
      first++;
    }
    return first == 0 ? ascending : ascending.subList(first, ascending.size());
  }

  static boolean isSame(Position a, Position b) {
    return a.getOpId() == b.getOpId() && isSameHistory(a, b);
  }

  static boolean isSameHistory(Position a, Position b) {
    return a.getEpoch() == b.getEpoch() && a.getIncarnation() == b.getIncarnation();
  }

  /**
   * Whether a position of an epoch that ended is part of the history that a plan starts in: only
   * its name has changed.
   */
  static boolean isShared(Position of, LogPlan plan) {
    return plan.hasFork()
        && isSameHistory(of, plan.getFork())
        && of.getOpId() <= plan.getFork().getOpId();
  }

  /** The same point of a history that goes on under the name of another epoch. */
  static Position renamed(Position of, Position inEpochOf) {
    return of.toBuilder().setEpoch(inEpochOf.getEpoch()).build();
  }

  private static boolean isOrdered(Delivery delivery) {
    long last = delivery.getFromOpId();
    for (int i = 0; i < delivery.getOperationsCount(); i++) {
      long opId = delivery.getOperations(i).getOpId();
      if (opId <= last) {
        return false;
      }
      last = opId;
    }
    return last <= delivery.getTo().getOpId();
  }
}
