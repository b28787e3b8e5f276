package dev.swarmlog.server.path.deliver;

import dev.swarmlog.otel.Attribute;
import dev.swarmlog.otel.Label;
import dev.swarmlog.otel.Meters;
import dev.swarmlog.otel.Metric;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.SyncReceipt;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.LongHistogram;

/** Records how lanes stall, and what their syncs take. May be used by any thread. */
final class LaneFigures {

  private static final double NS_PER_SECOND = 1e9;

  private final DoubleHistogram stall;
  private final DoubleHistogram syncDuration;
  private final LongHistogram syncOperations;
  private final LongHistogram syncSize;
  private final LongCounter syncElided;

  LaneFigures(Meters meters) {
    this.stall = meters.seconds(Metric.LANE_STALL);
    this.syncDuration = meters.seconds(Metric.SYNC_DURATION);
    this.syncOperations = meters.sizes(Metric.SYNC_OPERATIONS);
    this.syncSize = meters.sizes(Metric.SYNC_BYTES);
    this.syncElided = meters.counter(Metric.SYNC_ELIDED);
  }

  /** A lane could send nothing for so long. */
  void stalled(String log, Lane.State state, long durationNs) {
    stall.record(
        durationNs / NS_PER_SECOND,
        Attributes.of(Attribute.LOG, log, Attribute.STATE, state.text()));
  }

  /**
   * A sync has ended.
   *
   * @param bytes of the operations that were sent
   */
  void synced(String log, Plan plan, SyncReceipt receipt, long bytes, long durationNs) {
    Attributes attributes =
        Attributes.of(Attribute.LOG, log, Attribute.PLAN, Label.of(plan, "PLAN_"));
    syncDuration.record(durationNs / NS_PER_SECOND, attributes);
    syncOperations.record(receipt.getSentCount() + receipt.getSnapshotCount(), attributes);
    syncSize.record(bytes, attributes);
    syncElided.add(
        receipt.getSupersededCount() + receipt.getNetZeroCount(),
        Attributes.of(Attribute.LOG, log));
  }
}
