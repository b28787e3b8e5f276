package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.Page;
import org.jspecify.annotations.Nullable;

/**
 * Chooses what is smaller in bytes, the delta or the snapshot that could be sent instead. Reads the
 * delta, until it ends or its keyed entries are larger than the keyed state; so it never reads more
 * keyed entries than there are bytes of state.
 */
final class PlanningCourse implements SyncPlanning {

  private final LogReading reading;
  private final SyncChoice delta;
  private final SyncChoice snapshot;
  private final long stateBytes;
  private final SizeTally tally = new SizeTally();
  private long cursor;
  private @Nullable SyncChoice choice;

  private PlanningCourse(
      LogReading reading,
      SyncChoice delta,
      SyncChoice snapshot,
      long stateBytes,
      @Nullable SyncChoice choice) {
    this.reading = reading;
    this.delta = delta;
    this.snapshot = snapshot;
    this.stateBytes = stateBytes;
    this.cursor = delta.plan().start().getOpId();
    this.choice = choice;
  }

  /** There is nothing to compare. */
  static PlanningCourse decided(LogReading reading, SyncChoice choice) {
    return new PlanningCourse(reading, choice, choice, 0, choice);
  }

  /**
   * Both would do.
   *
   * @param stateBytes of the keyed state in the scopes that the delta covers
   */
  static PlanningCourse between(
      LogReading reading, SyncPlan delta, SyncPlan snapshot, long stateBytes) {
    return new PlanningCourse(
        reading, new SyncChoice(delta, delta), new SyncChoice(snapshot, delta), stateBytes, null);
  }

  @Override
  public boolean step() {
    if (choice == null) {
      readPage();
    }
    return choice == null;
  }

  private void readPage() {
    SyncPlan plan = delta.plan();
    Page page =
        reading
            .eventLog()
            .readDelta(
                reading.swarm(),
                reading.log(),
                plan.held(),
                plan.bounds(),
                cursor,
                reading.pageBytes());
    tally.addAll(page.operations());
    cursor = page.toInclusive();
    if (tally.keyedBytes() > stateBytes) {
      choice = snapshot;
    } else if (cursor == plan.target().getOpId()) {
      choice = delta;
    }
  }

  @Override
  public SyncPlan plan() {
    return choice().plan();
  }

  /** What to do, and what else it could have been. */
  SyncChoice choice() {
    if (choice == null) {
      throw new IllegalStateException("Expected a plan that is made, but there is more to read");
    }
    return choice;
  }
}
