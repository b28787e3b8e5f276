package dev.swarmlog.server;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What the lanes of a coordinator together may take in memory to know when their last frames were
 * handed out and acknowledged, beyond the few frames that each of them has from the start.
 *
 * <p>Modest lanes may take all of it, long ones only what leaves half: so few busy lanes remember
 * far back, and those that come later find room for as much as many lanes could have.
 *
 * <p>Any thread, without a lock. A lane asks when it doubles, and while it is refused that once per
 * frame: one read.
 */
public final class FrameMemory {

  private final long maxBytes;
  private final AtomicLong usedBytes = new AtomicLong();

  /**
   * Memory of which nothing is used.
   *
   * @param maxBytes above 0
   */
  public FrameMemory(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Takes bytes for a lane that keeps few frames, if there are so many. */
  public boolean take(long bytes) {
    return takeWithin(maxBytes, bytes);
  }

  /** Takes bytes for a lane that keeps many frames, if half of all is left then. */
  public boolean takeLeavingHalf(long bytes) {
    return takeWithin(maxBytes / 2, bytes);
  }

  /** Bytes that a lane took before. */
  public void giveBack(long bytes) {
    usedBytes.addAndGet(-bytes);
  }

  /** Bytes that lanes have now. */
  public long usedBytes() {
    return usedBytes.get();
  }

  private boolean takeWithin(long bound, long bytes) {
    long used = usedBytes.get();
    while (used + bytes <= bound) {
      if (usedBytes.compareAndSet(used, used + bytes)) {
        return true;
      }
      used = usedBytes.get();
    }
    return false;
  }
}
