package dev.swarmlog.server.path.deliver;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * When the last frames of a lane were handed out, acknowledged and applied.
 *
 * <p>A ring of at most {@link #MAX_FRAMES} frames with operations in them, which begins with {@link
 * #FIRST_FRAMES} and doubles when it is full: at most 2.5 kilobytes per lane. Frames are contiguous
 * but for those without operations, which count for the next.
 *
 * <p>Guarded by the monitor, held for a few steps: the lane hands out, the event loop acknowledges,
 * any thread asks.
 */
final class FrameTimes {

  static final int FIRST_FRAMES = 4;
  static final int MAX_FRAMES = 64;

  private static final int TO = 0;
  private static final int SYNC_TARGET = 1;
  private static final int HANDED_OUT = 2;
  private static final int ACKED = 3;
  private static final int APPLIED = 4;
  private static final int FIELDS = 5;

  private long[] ring = new long[FIRST_FRAMES * FIELDS];
  private long written;
  private long forgottenTo;

  /** Up to here everything has its acknowledgement: frames from {@code unacked} on do not. */
  private long unacked;

  /**
   * A lane's times.
   *
   * @param startOpId where it begins, exclusive
   */
  FrameTimes(long startOpId) {
    this.forgottenTo = startOpId;
  }

  /**
   * A frame is handed out.
   *
   * @param syncTarget where the sync ends that it is part of; 0 if it is live
   */
  synchronized void handedOut(long toInclusive, long syncTarget, long unixNs) {
    int capacity = capacity();
    if (written >= capacity) {
      if (capacity < MAX_FRAMES) {
        grow();
      } else {
        forgottenTo = ring[at(written - capacity) + TO];
        unacked = Math.max(unacked, written - capacity + 1);
      }
    }
    int at = at(written);
    ring[at + TO] = toInclusive;
    ring[at + SYNC_TARGET] = syncTarget;
    ring[at + HANDED_OUT] = unixNs;
    ring[at + ACKED] = 0;
    ring[at + APPLIED] = 0;
    written++;
  }

  /**
   * Everything up to an operation is acknowledged.
   *
   * @param appliedUnixNs when the agent had applied it, by its own clock; 0 if it does not say
   */
  synchronized void acknowledged(long opId, long appliedUnixNs, long unixNs) {
    while (unacked < written && ring[at(unacked) + TO] <= opId) {
      ring[at(unacked) + ACKED] = unixNs;
      ring[at(unacked) + APPLIED] = appliedUnixNs;
      unacked++;
    }
  }

  /** The frame that holds an operation, if it is one of the last; else null. */
  synchronized Lane.@Nullable HandOut find(long opId) {
    if (opId <= forgottenTo) {
      return null;
    }
    for (long frame = Math.max(0, written - capacity()); frame < written; frame++) {
      int at = at(frame);
      if (ring[at + TO] >= opId) {
        return new Lane.HandOut(
            ring[at + SYNC_TARGET], ring[at + HANDED_OUT], ring[at + ACKED], ring[at + APPLIED]);
      }
    }
    return null;
  }

  /** Bytes of the ring. */
  synchronized int bytes() {
    return ring.length * Long.BYTES;
  }

  private void grow() {
    int before = capacity();
    long[] larger = Arrays.copyOf(ring, 2 * ring.length);
    // Nothing has been overwritten yet, so a frame lies where its number says.
    if (written > before) {
      throw new IllegalStateException("Expected a ring that has not gone round");
    }
    ring = larger;
  }

  private int capacity() {
    return ring.length / FIELDS;
  }

  private int at(long frame) {
    return (int) (frame % capacity()) * FIELDS;
  }
}
