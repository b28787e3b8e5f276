package dev.swarmlog.reliability.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What clients saw of one log of one swarm. Immutable.
 *
 * <p>Logs have nothing to do with each other, so each has a history of its own: a set of objects is
 * linearizable if and only if each of them is (Herlihy and Wing, 1990).
 *
 * @param name of the log, for people
 * @param calls in the order in which they began
 */
public record History(String name, List<Call> calls) {

  /**
   * Takes calls in any order.
   *
   * @throws IllegalArgumentException if two requests share the tag of an operation, so that readers
   *     could not tell whose it is
   */
  public History {
    List<Call> sorted = new ArrayList<>(calls);
    sorted.sort(Comparator.comparingLong(Call::invokedNs).thenComparingInt(Call::id));
    calls = List.copyOf(sorted);
    Map<String, Request.Publish> byTag = new HashMap<>();
    for (Call call : calls) {
      if (call.request() instanceof Request.Publish publish) {
        for (Content record : publish.records()) {
          Request.Publish other = byTag.putIfAbsent(record.tag(), publish);
          if (other != null && (!other.equals(publish) || publish.id().isEmpty())) {
            throw new IllegalArgumentException(
                "Expected operations of different requests to have different tags, but '%s' and '%s' do not"
                    .formatted(other, publish));
          }
        }
      }
    }
  }

  /**
   * What had been seen by some time: calls that had not returned then are unknown, and those that
   * had not begun are left out.
   */
  public History until(long timeNs) {
    List<Call> seen = new ArrayList<>();
    for (Call call : calls) {
      if (call.returnedNs() <= timeNs) {
        seen.add(call);
      } else if (call.invokedNs() <= timeNs) {
        seen.add(
            new Call(
                call.id(),
                call.client(),
                call.invokedNs(),
                timeNs,
                call.request(),
                new Answer.Unknown()));
      }
    }
    return new History(name, seen);
  }
}
