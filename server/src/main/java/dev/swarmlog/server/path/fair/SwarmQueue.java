package dev.swarmlog.server.path.fair;

import java.util.HashMap;
import java.util.Map;

/** What waits of one swarm: a queue for each publisher that has something, in turns. */
final class SwarmQueue<T> implements Backlog<T> {

  private final String name;
  private final RoundRobin<T> turns = new RoundRobin<>();
  private final Map<String, PublisherQueue<T>> publishers = new HashMap<>();
  private final Held held = new Held();

  SwarmQueue(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  Held held() {
    return held;
  }

  PublisherQueue<T> queueOf(String publisher) {
    return publishers.computeIfAbsent(publisher, key -> new PublisherQueue<T>(this, key));
  }

  /** Adds an item to its queue, which is one of this swarm. */
  void add(Queued<T> queued) {
    PublisherQueue<T> queue = queued.queue();
    boolean waits = !queue.isEmpty();
    queue.add(queued);
    if (!waits) {
      turns.join(queue);
    }
  }

  /** Forgets a queue that is empty, and answers whether none is left. */
  boolean forget(PublisherQueue<T> queue) {
    publishers.remove(queue.publisher());
    return publishers.isEmpty();
  }

  @Override
  public boolean isEmpty() {
    return turns.isEmpty();
  }

  @Override
  public Queued<T> next() {
    return turns.next();
  }

  @Override
  public Queued<T> remove() {
    return turns.remove();
  }
}
