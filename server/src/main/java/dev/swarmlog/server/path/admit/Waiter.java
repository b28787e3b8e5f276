package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.server.path.admit.RateGate.Listener;

/**
 * Somebody who asked, until there is an answer.
 *
 * @param sequence in the order in which they came
 */
record Waiter(Demand demand, Listener listener, Turn turn, long deadlineNs, long sequence) {

  /** As objects: two may want the same. */
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(sequence);
  }
}
