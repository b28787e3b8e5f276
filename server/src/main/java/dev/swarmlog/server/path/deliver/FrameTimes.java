package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.FrameMemory;
import org.jspecify.annotations.Nullable;

/**
 * When the last frames of a lane were handed out, acknowledged and applied.
 *
 * <p>A ring of at most {@link #MAX_FRAMES} frames with operations in them, 40 bytes each, which
 * begins with {@link #FIRST_FRAMES} and doubles when it is full, as long as {@link FrameMemory} has
 * room. Frames are contiguous but for those without operations, which count for the next.
 *
 * <p>Guarded by the monitor, held for a few steps, or for as long as it takes to copy the ring when
 * it doubles: the lane hands out and closes, the event loop acknowledges, any thread asks.
 */
final class FrameTimes {

  static final int FIRST_FRAMES = 4;

  /** Up to so many are taken from all of the memory, more of them from the half of it. */
  static final int MODEST_FRAMES = 64;

  static final int MAX_FRAMES = 4_096;

  private static final int TO = 0;
  private static final int SYNC_TARGET = 1;
  private static final int HANDED_OUT = 2;
  private static final int ACKED = 3;
  private static final int APPLIED = 4;
  private static final int FIELDS = 5;

  private final FrameMemory memory;
  private long[] ring = new long[FIRST_FRAMES * FIELDS];
  // The ring has the frames from oldest to before written, each at its number modulo the capacity.
  private long oldest;
  private long written;
  private long forgottenTo;
  private boolean closed;

  /** Up to here everything has its acknowledgement: frames from {@code unacked} on do not. */
  private long unacked;

  /**
   * A lane's times.
   *
   * @param startOpId where it begins, exclusive
   * @param memory of the coordinator
   */
  FrameTimes(long startOpId, FrameMemory memory) {
    this.memory = memory;
    this.forgottenTo = startOpId;
  }

  /**
   * A frame is handed out.
   *
   * @param syncTarget where the sync ends that it is part of; 0 if it is live
   */
  synchronized void handedOut(long toInclusive, long syncTarget, long unixNs) {
    if (closed) {
      return;
    }
    if (written - oldest == capacity() && !grow()) {
      forgottenTo = ring[at(oldest) + TO];
      oldest++;
      unacked = Math.max(unacked, oldest);
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
    long frame = firstUpTo(opId);
    if (frame == written) {
      return null;
    }
    int at = at(frame);
    return new Lane.HandOut(
        ring[at + SYNC_TARGET], ring[at + HANDED_OUT], ring[at + ACKED], ring[at + APPLIED]);
  }

  /** Forgets all of them and gives the memory back. */
  synchronized void close() {
    memory.giveBack(bytes() - bytes(FIRST_FRAMES));
    ring = new long[FIRST_FRAMES * FIELDS];
    oldest = written;
    unacked = written;
    closed = true;
  }

  /** Bytes of the ring. */
  synchronized long bytes() {
    return bytes(capacity());
  }

  /** The first frame that reaches an operation; {@code written} if none does. */
  private long firstUpTo(long opId) {
    long low = oldest;
    long high = written;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (ring[at(middle) + TO] < opId) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Answers whether there was memory for that. */
  private boolean grow() {
    int capacity = capacity();
    if (capacity == MAX_FRAMES) {
      return false;
    }
    long more = bytes(capacity);
    boolean modest = 2 * capacity <= MODEST_FRAMES;
    if (!(modest ? memory.take(more) : memory.takeLeavingHalf(more))) {
      return false;
    }
    long[] larger = new long[2 * ring.length];
    for (long frame = oldest; frame < written; frame++) {
      int to = (int) (frame % (2L * capacity)) * FIELDS;
      System.arraycopy(ring, at(frame), larger, to, FIELDS);
    }
    ring = larger;
    return true;
  }

  private static long bytes(int frames) {
    return (long) frames * FIELDS * Long.BYTES;
  }

  private int capacity() {
    return ring.length / FIELDS;
  }

  private int at(long frame) {
    return (int) (frame % capacity()) * FIELDS;
  }
}
