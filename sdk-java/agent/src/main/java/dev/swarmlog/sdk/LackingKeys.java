package dev.swarmlog.sdk;

import java.util.Arrays;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * Keys of one scope that the user's own state lacks, or holds with an older value, because the
 * agent refused the operation or skipped it. They are no drift: the coordinator gives the operation
 * again, or keeps it parked. Stored with the key index, see {@link HeldKey#lacking}. Not
 * thread-safe.
 */
final class LackingKeys {
  static final int MAX_KEYS = ContractConduct.HANDLER.getMaxLackingKeys();

  // Of at most MAX_KEYS.
  private final NavigableSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
  private boolean overflown;

  /**
   * An operation on the key was refused, or applied.
   *
   * @return whether that is to be stored: what is refused again has another value
   */
  boolean note(byte[] key, boolean refused) {
    if (!refused) {
      return keys.remove(key) || overflown;
    }
    if (keys.size() < MAX_KEYS || keys.contains(key)) {
      keys.add(key);
    } else {
      overflown = true;
    }
    return true;
  }

  boolean isEmpty() {
    return keys.isEmpty() && !overflown;
  }

  boolean contains(byte[] key) {
    return keys.contains(key);
  }

  /** Those of an interval; an empty end is the end of the scope. */
  NavigableSet<byte[]> within(String afterKey, String throughKey) {
    if (!throughKey.isEmpty() && Utf8.compare(throughKey, afterKey) <= 0) {
      return Collections.emptyNavigableSet();
    }
    NavigableSet<byte[]> after = keys.tailSet(Utf8.bytes(afterKey), false);
    return throughKey.isEmpty() ? after : after.headSet(Utf8.bytes(throughKey), true);
  }

  /** There have been more than are kept: which keys are no drift is not known any more. */
  boolean isOverflown() {
    return overflown;
  }
}
