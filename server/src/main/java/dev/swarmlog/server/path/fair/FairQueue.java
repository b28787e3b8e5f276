package dev.swarmlog.server.path.fair;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A bounded queue that many share: what is of one {@link Flow} leaves in the order it came; swarms
 * take turns, and within a swarm its publishers ({@link RoundRobin}); and nobody can fill it so
 * that others find no room ({@link Room}).
 *
 * <p>What finds no room may be parked: it has its place in the order like everything else, but uses
 * no room, so that whoever parks has to hold back until he is told that it was let in. That is when
 * its publisher has used no more than half of its share, and at the latest when it is taken; so
 * room is given back in the order of the turns.
 *
 * <p>What leaves depends on nothing but the order of the calls. Not thread-safe. Its memory is
 * bounded by what waits.
 */
public final class FairQueue<T> {

  private final Room room;
  private final RoundRobin<T> turns = new RoundRobin<>();
  private final Map<String, SwarmQueue<T>> swarms = new HashMap<>();
  private int size;
  private long bytes;

  /**
   * An empty one.
   *
   * @param maxUnits of all that wait, without those that are parked
   * @param maxBytes of those
   */
  public FairQueue(long maxUnits, long maxBytes) {
    this.room = new Room(maxUnits, maxBytes);
  }

  /**
   * Adds an item, if there is room.
   *
   * @param units of room that it takes, at least 1
   * @param itemBytes of room that it takes
   * @return whether it was added
   */
  public boolean offer(Flow flow, T item, int units, int itemBytes) {
    PublisherQueue<T> queue = queueOf(flow);
    boolean admitted =
        !queue.hasParked() && room.admits(queue.swarm().held(), queue.held(), units, itemBytes);
    if (admitted) {
      Queued<T> queued = new Queued<>(queue, item, units, itemBytes);
      add(queued);
      useRoom(queued);
    } else {
      forgetIfEmpty(queue);
    }
    return admitted;
  }

  /**
   * Adds an item without room; {@link #poll} says when it was let in.
   *
   * @param units of room that it will take, at least 1
   * @param itemBytes of room that it will take
   */
  public void park(Flow flow, T item, int units, int itemBytes) {
    Queued<T> queued = new Queued<>(queueOf(flow), item, units, itemBytes);
    add(queued);
    queued.queue().park(queued);
  }

  public boolean isEmpty() {
    return turns.isEmpty();
  }

  /** Items that wait, parked ones too. */
  public int size() {
    return size;
  }

  /** Bytes of those. */
  public long bytes() {
    return bytes;
  }

  /** Bytes of the item that {@link #poll} would take. Only where there is one. */
  public int nextBytes() {
    return turns.next().bytes();
  }

  /**
   * Takes the item whose turn it is. Only where there is one.
   *
   * @param letIn is given the items that were parked until now and are no more, in order; the one
   *     that is taken may be among them
   */
  public T poll(List<? super T> letIn) {
    Queued<T> taken = turns.remove();
    PublisherQueue<T> queue = taken.queue();
    size--;
    bytes -= taken.bytes();
    if (taken.parked()) {
      queue.unpark();
      letIn.add(taken.item());
    } else {
      giveBack(taken);
    }
    letIn(queue, letIn);
    forgetIfEmpty(queue);
    return taken.item();
  }

  private void letIn(PublisherQueue<T> queue, List<? super T> letIn) {
    Queued<T> parked = queue.firstParked();
    while (parked != null
        && room.easilyAdmits(queue.swarm().held(), queue.held(), parked.units(), parked.bytes())) {
      queue.unpark();
      useRoom(parked);
      letIn.add(parked.item());
      parked = queue.firstParked();
    }
  }

  private PublisherQueue<T> queueOf(Flow flow) {
    return swarms
        .computeIfAbsent(flow.swarm(), name -> new SwarmQueue<T>(name))
        .queueOf(flow.publisher());
  }

  private void add(Queued<T> queued) {
    SwarmQueue<T> swarm = queued.queue().swarm();
    boolean waits = !swarm.isEmpty();
    swarm.add(queued);
    if (!waits) {
      turns.join(swarm);
    }
    size++;
    bytes += queued.bytes();
  }

  private void useRoom(Queued<T> queued) {
    room.all().add(queued.units(), queued.bytes());
    queued.queue().swarm().held().add(queued.units(), queued.bytes());
    queued.queue().held().add(queued.units(), queued.bytes());
  }

  private void giveBack(Queued<T> queued) {
    room.all().remove(queued.units(), queued.bytes());
    queued.queue().swarm().held().remove(queued.units(), queued.bytes());
    queued.queue().held().remove(queued.units(), queued.bytes());
  }

  private void forgetIfEmpty(PublisherQueue<T> queue) {
    if (queue.isEmpty() && queue.swarm().forget(queue)) {
      swarms.remove(queue.swarm().name());
    }
  }
}
