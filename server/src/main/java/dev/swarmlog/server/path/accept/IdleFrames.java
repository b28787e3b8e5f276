package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.Admission;
import org.jspecify.annotations.Nullable;

/**
 * Counts the frames of one stream that bring the coordinator nothing and cost it work: heartbeats,
 * and acks of what was acknowledged before. An honest agent sends few of them, however much it
 * does.
 *
 * <p>Owned by the stream's event loop.
 */
final class IdleFrames {

  private final int most;
  private final long windowNs;
  private long windowStartNs;
  private int count;

  IdleFrames(Limits limits, long nowNs) {
    this.most = limits.maxIdleFramesPerWindow();
    this.windowNs = limits.frameWindow().toNanos();
    this.windowStartNs = nowNs;
  }

  /** Counts one; answers why the stream must end if there are too many. */
  @Nullable Refusal count(long nowNs) {
    if (nowNs - windowStartNs > windowNs) {
      windowStartNs = nowNs;
      count = 0;
    }
    return ++count <= most
        ? null
        : Admission.violation(
            "Expected at most %d heartbeats, or acks of nothing new, of a stream within %d ms, but got more."
                .formatted(most, windowNs / 1_000_000));
  }
}
