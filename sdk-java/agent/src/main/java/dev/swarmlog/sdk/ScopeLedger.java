package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import java.util.Arrays;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an agent holds of one scope: value digests by key, and its sums. About 110 bytes of memory
 * per key, and the key. Not thread-safe.
 */
final class ScopeLedger {
  private final Scope scope;
  private final byte[] encoded;
  private final StateDigests digests;
  // UTF-8 of the key -> value digest, then key digest: so replacing a value costs one SHA-256.
  private final NavigableMap<byte[], byte[]> keys = new TreeMap<>(Arrays::compareUnsigned);
  private final byte[] state = new byte[StateDigests.BYTES];
  // Whether `keys` are all that the agent holds; only then `state` means something.
  private boolean keysKnown;
  private long eventCount;
  private byte[] eventHash = new byte[StateDigests.BYTES];
  // Whether the events were counted from a point on where their sums were known.
  private boolean eventsKnown;
  private final LackingKeys lacking = new LackingKeys();
  private @Nullable ScopeSums sums;

  ScopeLedger(Scope scope, StateDigests digests, boolean keysKnown, boolean eventsKnown) {
    this.scope = scope;
    this.encoded = StateDigests.encode(scope);
    this.digests = digests;
    this.keysKnown = keysKnown;
    this.eventsKnown = eventsKnown;
  }

  Scope scope() {
    return scope;
  }

  /** The keys that the index has as the log has them, and the user's state does not. */
  LackingKeys lacking() {
    return lacking;
  }

  boolean keysKnown() {
    return keysKnown;
  }

  /** Whether every key is known, and the value of each. */
  boolean isKnown() {
    return keysKnown
        && keys.values().stream().allMatch(entry -> entry.length == 2 * StateDigests.BYTES);
  }

  void keysKnown(boolean known) {
    keysKnown = known;
    sums = null;
  }

  boolean eventsKnown() {
    return eventsKnown;
  }

  void forgetEvents() {
    eventsKnown = false;
    sums = null;
  }

  /** Whether the key is held with this value. */
  boolean holds(byte[] key, ByteString valueDigest) {
    byte[] entry = keys.get(key);
    return entry != null && isValue(entry, valueDigest);
  }

  /** The digest of the key's value; empty if it is not held. */
  ByteString valueDigest(byte[] key) {
    byte[] entry = keys.get(key);
    return entry == null
        ? ByteString.EMPTY
        : ByteString.copyFrom(entry, 0, entry.length - StateDigests.BYTES);
  }

  /** The key has this value now; false if it had it before. */
  boolean put(byte[] key, ByteString valueDigest) {
    byte[] before = keys.get(key);
    if (before != null && isValue(before, valueDigest)) {
      return false;
    }
    byte[] entry = entry(key, valueDigest);
    keys.put(key, entry);
    if (before != null) {
      StateDigests.subtract(state, before, before.length - StateDigests.BYTES);
    }
    addKeyDigest(entry, state);
    sums = null;
    return true;
  }

  /** The key is gone; false if it was not held. */
  boolean remove(byte[] key) {
    byte[] before = keys.remove(key);
    if (before == null) {
      return false;
    }
    StateDigests.subtract(state, before, before.length - StateDigests.BYTES);
    sums = null;
    return true;
  }

  /**
   * As {@link #within}, but what the user's state lacks has a digest that is no value's: compared
   * with the log it differs, whatever that has, so it comes again.
   */
  NavigableMap<byte[], byte[]> appliedWithin(String afterKey, String throughKey) {
    NavigableMap<byte[], byte[]> held = within(afterKey, throughKey);
    NavigableSet<byte[]> lacks = lacking.within(afterKey, throughKey);
    if (lacks.isEmpty()) {
      return held;
    }
    NavigableMap<byte[], byte[]> applied = new TreeMap<>(held);
    lacks.forEach(key -> applied.put(key, entry(key, HeldKey.UNKNOWN)));
    return applied;
  }

  /** The held keys of an interval, ascending: a view that changes with the ledger. */
  NavigableMap<byte[], byte[]> within(String afterKey, String throughKey) {
    if (!throughKey.isEmpty() && Utf8.compare(throughKey, afterKey) <= 0) {
      return Collections.emptyNavigableMap();
    }
    NavigableMap<byte[], byte[]> after = keys.tailMap(Utf8.bytes(afterKey), false);
    return throughKey.isEmpty() ? after : after.headMap(Utf8.bytes(throughKey), true);
  }

  /** Adds the part that a held key has in the state digest. */
  static void addKeyDigest(byte[] entry, byte[] sum) {
    StateDigests.add(sum, entry, entry.length - StateDigests.BYTES);
  }

  void event(long opId, ByteString valueDigest) {
    eventCount++;
    StateDigests.add(eventHash, digests.event(opId, encoded, valueDigest), 0);
    sums = null;
  }

  /** Counts events that were not handed out. */
  void skip(Skipped skipped) {
    eventCount += skipped.getCount();
    if (skipped.getEventHash().size() == StateDigests.BYTES) {
      StateDigests.add(eventHash, skipped.getEventHash().toByteArray(), 0);
    }
    sums = null;
  }

  /** Takes event sums over, whatever was counted. */
  void takeEvents(long count, ByteString hash) {
    eventCount = count;
    eventHash = Arrays.copyOf(hash.toByteArray(), StateDigests.BYTES);
    eventsKnown = true;
    sums = null;
  }

  /**
   * The sums as they are stored: without state digest where not every key is known, without event
   * hash where the events are not.
   */
  ScopeSums sums() {
    ScopeSums current = sums;
    if (current == null) {
      ScopeSums.Builder builder = ScopeSums.newBuilder().setScope(scope);
      if (keysKnown) {
        builder.setStateDigest(ByteString.copyFrom(state));
      }
      if (eventsKnown) {
        builder.setEventCount(eventCount).setEventHash(ByteString.copyFrom(eventHash));
      }
      current = builder.build();
      sums = current;
    }
    return current;
  }

  private byte[] entry(byte[] key, ByteString valueDigest) {
    byte[] entry = new byte[valueDigest.size() + StateDigests.BYTES];
    valueDigest.copyTo(entry, 0);
    System.arraycopy(
        digests.key(encoded, key, valueDigest), 0, entry, valueDigest.size(), StateDigests.BYTES);
    return entry;
  }

  private static boolean isValue(byte[] entry, ByteString valueDigest) {
    if (entry.length - StateDigests.BYTES != valueDigest.size()) {
      return false;
    }
    for (int i = 0; i < valueDigest.size(); i++) {
      if (entry[i] != valueDigest.byteAt(i)) {
        return false;
      }
    }
    return true;
  }
}
