package dev.swarmlog.reliability.simulation;

import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/**
 * The clock of a simulation, and all that is due: one event after the other, in one thread, by time
 * and then in the order in which they were scheduled.
 *
 * <p>An event belongs to a process and is dropped when that has died. What blocks a thread of a
 * process is a {@link #sleep}: the events of all others, and of other threads of the same, go on
 * inside it.
 */
final class VirtualTime {

  /** Monotonic time begins here: not at 0, so that nobody takes it for "never". */
  private static final long START_NS = 1_000_000_000L;

  private final PriorityQueue<Event> due = new PriorityQueue<>();
  private long nowNs = START_NS;
  private long scheduled;
  private long steps;
  private Runnable afterEach = () -> {};

  /** Something that will happen, unless it is cancelled or its process dies first. */
  static final class Event implements Comparable<Event> {
    private final long atNs;
    private final long order;
    private final VirtualProcess process;
    private final Runnable action;
    private boolean cancelled;
    private boolean done;

    private Event(long atNs, long order, VirtualProcess process, Runnable action) {
      this.atNs = atNs;
      this.order = order;
      this.process = process;
      this.action = action;
    }

    long atNs() {
      return atNs;
    }

    boolean done() {
      return done;
    }

    boolean cancelled() {
      return cancelled;
    }

    void cancel() {
      cancelled = true;
    }

    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atNs, other.atNs);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  long nowNs() {
    return nowNs;
  }

  /** Since the beginning. */
  long elapsedNs() {
    return nowNs - START_NS;
  }

  /** Events that have happened. */
  long steps() {
    return steps;
  }

  /** Runs something after every event, such as a look at invariants. */
  void afterEach(Runnable look) {
    afterEach = look;
  }

  Event schedule(VirtualProcess process, long delayNs, Runnable action) {
    Event event = new Event(nowNs + Math.max(0, delayNs), scheduled++, process, action);
    due.add(event);
    return event;
  }

  /** Runs what is due until a time has come or a condition holds. */
  void runUntil(long untilElapsedNs, BooleanSupplier met) {
    long untilNs = START_NS + untilElapsedNs;
    while (!met.getAsBoolean()) {
      Event next = due.peek();
      if (next == null || next.atNs > untilNs) {
        nowNs = Math.max(nowNs, untilNs);
        return;
      }
      step();
    }
  }

  /**
   * Blocks a thread of a process for a time.
   *
   * @throws VirtualProcess.Died if the process dies meanwhile
   */
  void sleep(VirtualProcess process, long forNs) {
    long untilNs = nowNs + forNs;
    Event next = due.peek();
    while (next != null && next.atNs <= untilNs && process.isAlive()) {
      step();
      next = due.peek();
    }
    nowNs = Math.max(nowNs, process.isAlive() ? untilNs : nowNs);
    process.check();
  }

  private void step() {
    Event event = due.remove();
    nowNs = Math.max(nowNs, event.atNs);
    if (event.cancelled || !event.process.isAlive()) {
      return;
    }
    steps++;
    event.done = true;
    event.process.run(event.action);
    afterEach.run();
  }
}
