package dev.swarmlog.server.path.commit;

import dev.swarmlog.otel.Attribute;
import dev.swarmlog.otel.Metric;
import dev.swarmlog.otel.trace.CommitTrace;
import dev.swarmlog.otel.trace.GroupTrace;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.path.deliver.CommitTimes;
import dev.swarmlog.storage.Applied;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongHistogram;
import java.util.List;

/** Notes what the commits of one shard take. Owned by the shard's writer thread. */
final class CommitMeter {

  private static final double NS_PER_SECOND = 1e9;

  private final Instruments instruments;
  private final int shard;
  private final Attributes attributes;
  private final LongHistogram operations;
  private final DoubleHistogram duration;
  private final DoubleHistogram flushDuration;

  /** For the commits of one shard. */
  CommitMeter(Instruments instruments, int shard) {
    this.instruments = instruments;
    this.shard = shard;
    this.attributes = Attributes.of(Attribute.SHARD, (long) shard);
    this.operations = instruments.meters().sizes(Metric.COMMIT_OPERATIONS);
    this.duration = instruments.meters().seconds(Metric.COMMIT_DURATION);
    this.flushDuration = instruments.meters().seconds(Metric.FLUSH_DURATION);
  }

  long nowNs() {
    return instruments.time().monotonicNs();
  }

  /** An entry is made of these. */
  CommitTrace begin(List<Proposal> proposals) {
    if (!instruments.traces().enabled()) {
      return CommitTrace.NONE;
    }
    List<GroupTrace> appends =
        proposals.stream()
            .map(proposal -> proposal.listener().trace())
            .filter(trace -> !trace.spans().isEmpty())
            .toList();
    return instruments.traces().committing(shard, appends);
  }

  /**
   * What was applied has been flushed.
   *
   * @param appliedNs when the flush began
   */
  void flushed(long appliedNs) {
    flushDuration.record((nowNs() - appliedNs) / NS_PER_SECOND, attributes);
  }

  /** An entry is durable. */
  void durable(Applied applied, CommitTimes times, CommitTrace trace) {
    int appended = applied.runs().stream().mapToInt(run -> run.operations().size()).sum();
    if (appended > 0) {
      operations.record(appended, attributes);
    }
    duration.record((times.durableNs() - times.appendedNs()) / NS_PER_SECOND, attributes);
    trace.durable(applied.index(), applied.outcomes().size(), appended);
  }
}
