package dev.swarmlog.server.path.fair;

/** One item that waits, and how much room it takes. */
final class Queued<T> {

  /** What a turn is charged for a unit beside its bytes: handling it costs something, too. */
  private static final int COST_PER_UNIT = 256;

  private final PublisherQueue<T> queue;
  private final T item;
  private final int units;
  private final int bytes;
  private boolean parked;

  /**
   * One that uses room.
   *
   * @param units at least 1
   */
  Queued(PublisherQueue<T> queue, T item, int units, int bytes) {
    this.queue = queue;
    this.item = item;
    this.units = units;
    this.bytes = bytes;
  }

  PublisherQueue<T> queue() {
    return queue;
  }

  T item() {
    return item;
  }

  int units() {
    return units;
  }

  int bytes() {
    return bytes;
  }

  /** Whether it uses no room. */
  boolean parked() {
    return parked;
  }

  void parked(boolean now) {
    parked = now;
  }

  /** What it costs of a turn, in bytes. */
  long cost() {
    return bytes + (long) units * COST_PER_UNIT;
  }
}
