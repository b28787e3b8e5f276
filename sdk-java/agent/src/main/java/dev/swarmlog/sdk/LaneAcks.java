package dev.swarmlog.sdk;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;
import org.jspecify.annotations.Nullable;

/**
 * What a lane tells the coordinator of what is committed: positions, at times with the sums there
 * (see {@link SumsSchedule}), and answers to queries. Pure, not thread-safe.
 */
final class LaneAcks {
  private final Log log;
  private final LaneSession.Output output;
  private final SumsSchedule sums;
  // On this stream.
  private long lastRepairId;
  // When operations were applied last, and up to where; null if that is not known.
  private @Nullable Position appliedTo;
  private long appliedUnixNs;

  LaneAcks(Log log, LaneSession.Output output, SumsSchedule sums) {
    this.log = log;
    this.output = output;
    this.sums = sums;
  }

  /** A stream is open, on which nothing was told. */
  void attach() {
    sums.attach();
    lastRepairId = 0;
  }

  /** Acknowledges a position, and says nothing of what is held there. */
  void position(Position applied) {
    output.sendAck(ack(applied).build());
  }

  /**
   * A step is committed, whether or not there is a stream to tell it on.
   *
   * @param unixNs when that was, by the agent's clock
   */
  void applied(LaneStep step, long unixNs) {
    if (step.content() instanceof LaneStep.Delivered delivered
        && !delivered.operations().isEmpty()) {
      appliedTo = step.to();
      appliedUnixNs = unixNs;
    }
  }

  /**
   * A step is committed.
   *
   * @param before the position that was committed before, if there was one
   * @param insideSync sums mean nothing yet
   */
  void committed(LaneStep step, PreparedStep done, @Nullable Position before, boolean insideSync) {
    boolean moves = before == null || before.getOpId() != step.to().getOpId();
    if (step.content() instanceof LaneStep.Compared) {
      report(done.after(), done.unread() == null);
    } else if (done.digests() != null) {
      if (moves) {
        sums.applied();
        position(step.to());
      }
      output.sendDigests(log, done.digests());
    } else {
      sums.applied();
      if (step.content() instanceof LaneStep.Repaired repaired) {
        sums.repaired();
        lastRepairId = repaired.repair().getRepairId();
      }
      if (sums.isDue() && !insideSync && !sums.comparesState()) {
        report(done.after(), true);
      } else if (moves || !step.repairs()) {
        // What the user holds after a repair is found out first.
        position(step.to());
      }
    }
  }

  /**
   * Acknowledges what is committed, with its sums.
   *
   * @param withState false: what is held of the keys could not be found out
   */
  void report(LogResume committed, boolean withState) {
    output.sendAck(
        ack(committed.getPosition())
            .addAllSums(ResumePoint.reported(committed, withState))
            .build());
    long againNs = sums.reported();
    if (againNs > 0) {
      output.startTimer(new TimerKey(TimerKey.Kind.SUMS, log), againNs);
    }
  }

  /** That only the position moved to `applied`, or that it was long ago, goes without a time. */
  private Ack.Builder ack(Position applied) {
    Ack.Builder ack = Ack.newBuilder().setApplied(applied).setLastRepairId(lastRepairId);
    return appliedTo != null && Deliveries.isSame(appliedTo, applied)
        ? ack.setAppliedUnixNano(appliedUnixNs)
        : ack;
  }
}
