package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.Page;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.PlanSyncResponse;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.SyncSize;
import org.jspecify.annotations.Nullable;

/**
 * Plans a sync and measures what it would send, by reading what it would read: the delta, then the
 * snapshot that could be sent instead, then the whole replay. A page at a time, none of which it
 * keeps. Of a log that was compacted, what is there: events and the replay from the horizon on.
 *
 * <p>Used by one thread at a time, which may block.
 */
final class MeasuringCourse implements SyncMeasurement {

  private final SyncPlanner planner;
  private final SyncReader reader;
  private final PlanningCourse planning;
  private final LogReading reading;
  private final int maxElisions;
  private final PlanSyncResponse.Builder result = PlanSyncResponse.newBuilder();

  // What is left to do; each is null when it is done.
  private boolean planned;
  private @Nullable SyncPlan delta;
  private @Nullable Elisions elisions;
  private @Nullable SyncCourse deltaCourse;
  private @Nullable SyncCourse snapshotCourse;
  private long replayed;
  private boolean replaying;

  private SizeTally tally = new SizeTally();

  /**
   * Everything is still to be read.
   *
   * @param maxElisions how many elisions of the delta are named
   */
  MeasuringCourse(SyncPlanner planner, SyncReader reader, int maxElisions) {
    this.planner = planner;
    this.reader = reader;
    this.reading = planner.reading(reader);
    this.planning = planner.begin(reader);
    this.maxElisions = maxElisions;
  }

  private SyncCourse course(SyncPlan measured) {
    return new SyncCourse(measured, reading.swarm(), reading.log());
  }

  @Override
  public SyncPlan plan() {
    return planning.plan();
  }

  @Override
  public boolean step() {
    if (!planned) {
      planned = !planning.step();
      if (planned) {
        begin(planning.choice());
      }
      return !planned || unfinished();
    }
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
    return unfinished();
  }

  private boolean unfinished() {
    return deltaCourse != null || snapshotCourse != null || replaying;
  }

  private void begin(SyncChoice choice) {
    SyncPlan measured = choice.delta();
    delta = measured;
    if (choice.plan().kind() == Plan.PLAN_SNAPSHOT) {
      snapshotCourse = course(choice.plan());
    }
    if (measured != null) {
      deltaCourse = course(measured);
      long fromOpId =
          Math.max(
              measured.start().getOpId(),
              reading.eventLog().horizonOpId(reading.swarm(), reading.log()));
      elisions = new Elisions(reading, fromOpId, measured.target().getOpId(), maxElisions);
      replaying = true;
      replayed = fromOpId;
      if (snapshotCourse == null) {
        // Measured only, so its hash does not matter.
        Position start = measured.start().toBuilder().setOpId(fromOpId).clearRunningHash().build();
        snapshotCourse = course(planner.snapshotInsteadOf(reader, measured, start));
      }
    }
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
