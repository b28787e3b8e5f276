package dev.swarmlog.storage.eventlog;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * The smallest operation IDs of those offered, up to a bound. One page's worth of a merge over any
 * number of scopes, read one scope after the other.
 *
 * <p>Once {@link #isCut} the caller knows all IDs up to the largest kept one, and nothing beyond.
 */
final class SmallestIds {

  private final int maxCount;
  private final PriorityQueue<Long> largestFirst =
      new PriorityQueue<>((a, b) -> Long.compare(b, a));
  private boolean cut;

  SmallestIds(int maxCount) {
    this.maxCount = maxCount;
  }

  /** Offers an ID, each one once. Returns false if it is too large, as then are all larger ones. */
  boolean offer(long opId) {
    if (largestFirst.size() < maxCount) {
      largestFirst.add(opId);
      return true;
    }
    cut = true;
    Long largest = largestFirst.peek();
    if (largest != null && opId > largest) {
      return false;
    }
    largestFirst.poll();
    largestFirst.add(opId);
    return true;
  }

  /** Whether some ID was too large. */
  boolean isCut() {
    return cut;
  }

  long[] ascending() {
    long[] ids = largestFirst.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(ids);
    return ids;
  }
}
