package dev.swarmlog.server.path.deliver;

import java.util.Arrays;

/**
 * When the last publish groups of one log were received: a ring of {@link #MAX_GROUPS}, which
 * begins with a few and doubles when it is full; 4 kilobytes at most.
 *
 * <p>Guarded by whoever owns it.
 */
final class ReceiptTimes {

  static final int MAX_GROUPS = 256;

  private static final int FIRST = 0;
  private static final int RECEIVED = 1;
  private static final int FIELDS = 2;

  private long[] ring = new long[4 * FIELDS];
  private long written;

  /** A group is durable. */
  void received(long firstOpId, long receivedNs) {
    int capacity = ring.length / FIELDS;
    if (written == capacity && capacity < MAX_GROUPS) {
      ring = Arrays.copyOf(ring, 2 * ring.length);
    }
    int at = at(written++);
    ring[at + FIRST] = firstOpId;
    ring[at + RECEIVED] = receivedNs;
  }

  /** When the group of an operation was received, on the monotonic clock; 0 if it is not known. */
  long find(long groupFirstOpId) {
    for (long group = written - 1; group >= Math.max(0, written - ring.length / FIELDS); group--) {
      if (ring[at(group) + FIRST] == groupFirstOpId) {
        return ring[at(group) + RECEIVED];
      }
    }
    return 0;
  }

  private int at(long group) {
    return (int) (group % (ring.length / FIELDS)) * FIELDS;
  }
}
