package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.path.admit.RateGate.Amount;
import dev.swarmlog.v1.Log;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What a publisher has waiting in one log, in the order it came. Not thread-safe: it belongs to the
 * lock of its {@link SwarmGate}.
 */
final class Turn {

  private final Place place;
  private final long sequence;
  private final Set<Waiter> waiters = new LinkedHashSet<>();
  private Amount waiting = new Amount(0, 0);

  /** When the publisher's own buckets have enough for the first. */
  private long refilledAtNs;

  record Place(String publisher, Log log) {}

  Turn(Place place, long sequence) {
    this.place = place;
    this.sequence = sequence;
  }

  Place place() {
    return place;
  }

  /** In the order in which they began. */
  long sequence() {
    return sequence;
  }

  boolean isEmpty() {
    return waiters.isEmpty();
  }

  int size() {
    return waiters.size();
  }

  Waiter first() {
    return waiters.iterator().next();
  }

  void add(Waiter waiter) {
    waiters.add(waiter);
    waiting = waiting.plus(new Amount(waiter.demand().operations(), waiter.demand().bytes()));
  }

  void remove(Waiter waiter) {
    waiters.remove(waiter);
    waiting = waiting.plus(new Amount(-waiter.demand().operations(), -waiter.demand().bytes()));
  }

  /** All that waits here. */
  Amount waiting() {
    return waiting;
  }

  long refilledAtNs() {
    return refilledAtNs;
  }

  void refilledAt(long atNs) {
    refilledAtNs = atNs;
  }
}
