package dev.swarmlog.server.path.fair;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What waits of one publisher, first in, first out.
 *
 * <p>Invariant: {@code parked} are the items that use no room, in the order of {@code items}; all
 * others are counted in {@code held}.
 */
final class PublisherQueue<T> implements Backlog<T> {

  private final SwarmQueue<T> swarm;
  private final String publisher;
  private final ArrayDeque<Queued<T>> items = new ArrayDeque<>();
  private final ArrayDeque<Queued<T>> parked = new ArrayDeque<>();
  private final Held held = new Held();

  PublisherQueue(SwarmQueue<T> swarm, String publisher) {
    this.swarm = swarm;
    this.publisher = publisher;
  }

  SwarmQueue<T> swarm() {
    return swarm;
  }

  String publisher() {
    return publisher;
  }

  Held held() {
    return held;
  }

  void add(Queued<T> item) {
    items.addLast(item);
  }

  /** The item that was added last uses no room. */
  void park(Queued<T> item) {
    item.parked(true);
    parked.addLast(item);
  }

  boolean hasParked() {
    return !parked.isEmpty();
  }

  /** The one that was parked first; null if there is none. */
  @Nullable Queued<T> firstParked() {
    return parked.peekFirst();
  }

  /** The one that was parked first is so no more. */
  void unpark() {
    parked.removeFirst().parked(false);
  }

  @Override
  public boolean isEmpty() {
    return items.isEmpty();
  }

  @Override
  public Queued<T> next() {
    return items.getFirst();
  }

  @Override
  public Queued<T> remove() {
    return items.removeFirst();
  }
}
