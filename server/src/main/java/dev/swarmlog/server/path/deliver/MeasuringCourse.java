package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.Page;
import dev.swarmlog.v1.PlanSyncResponse;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.SyncSize;
import org.jspecify.annotations.Nullable;

/**
 * Measures what a sync would send, by reading what it would read: the delta, then the snapshot that
 * could be sent instead, then the whole replay. A page at a time, none of which it keeps.
 *
 * <p>Used by one thread at a time, which may block.
 */
final class MeasuringCourse implements SyncMeasurement {

  private final LogReading reading;
  private final SyncPlan plan;
  private final @Nullable SyncPlan delta;
  private final PlanSyncResponse.Builder result = PlanSyncResponse.newBuilder();
  private final @Nullable Elisions elisions;

  // What is left to do; each is null when it is done.
  private @Nullable SyncCourse deltaCourse;
  private @Nullable SyncCourse snapshotCourse;
  private long replayed;
  private boolean replaying;

  private SizeTally tally = new SizeTally();

  /**
   * Everything is still to be read.
   *
   * @param snapshot null where nothing can be sent at all
   * @param maxElisions how many elisions of the delta are named
   */
  MeasuringCourse(
      LogReading reading, SyncChoice choice, @Nullable SyncPlan snapshot, int maxElisions) {
    this.reading = reading;
    this.plan = choice.plan();
    this.delta = choice.delta();
    this.deltaCourse = delta == null ? null : course(delta);
    this.snapshotCourse = snapshot == null ? null : course(snapshot);
    this.replaying = delta != null;
    this.replayed = delta == null ? 0 : delta.start().getOpId();
    this.elisions = delta == null ? null : new Elisions(reading, delta, maxElisions);
  }

  private SyncCourse course(SyncPlan measured) {
    return new SyncCourse(measured, reading.swarm(), reading.log());
  }

  @Override
  public SyncPlan plan() {
    return plan;
  }

  @Override
  public boolean step() {
    SyncCourse measuredDelta = deltaCourse;
    SyncCourse measuredSnapshot = snapshotCourse;
    if (measuredDelta != null) {
      stepDelta(measuredDelta);
    } else if (measuredSnapshot != null) {
      if (measure(measuredSnapshot) instanceof SyncStep.End) {
        result.setSnapshot(finishTally());
        snapshotCourse = null;
      }
    } else if (replaying && delta != null) {
      stepReplay(delta);
    }
    return deltaCourse != null || snapshotCourse != null || replaying;
  }

  @Override
  public PlanSyncResponse.Builder result() {
    return result;
  }

  private void stepDelta(SyncCourse course) {
    SyncStep step = measure(course);
    if (step instanceof SyncStep.Run run && elisions != null) {
      elisions.examine(run.page());
    } else if (step instanceof SyncStep.End end) {
      SyncReceipt receipt = end.receipt();
      result
          .setDelta(finishTally())
          .setSupersededCount(receipt.getSupersededCount())
          .setNetZeroCount(receipt.getNetZeroCount())
          .setExpiredCount(receipt.getExpiredCount());
      if (elisions != null) {
        result.addAllElisions(elisions.found());
      }
      deltaCourse = null;
    }
  }

  private SyncStep measure(SyncCourse course) {
    SyncStep step = course.read(reading.eventLog(), reading.pageBytes());
    course.took(step);
    if (step instanceof SyncStep.Run run) {
      tally.addAll(run.page().operations());
    } else if (step instanceof SyncStep.Keys keys) {
      tally.addAll(keys.page().operations());
    }
    return step;
  }

  private void stepReplay(SyncPlan measured) {
    long target = measured.target().getOpId();
    if (replayed < target) {
      Page page =
          reading
              .eventLog()
              .read(
                  reading.swarm(),
                  reading.log(),
                  measured.held(),
                  replayed,
                  target,
                  reading.pageBytes());
      tally.addAll(page.operations());
      replayed = page.toInclusive();
    }
    if (replayed >= target) {
      result.setReplay(finishTally());
      replaying = false;
    }
  }

  private SyncSize finishTally() {
    SyncSize size = tally.toProto();
    tally = new SizeTally();
    return size;
  }
}
