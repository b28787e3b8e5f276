package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Cursor and keys in fields. Handler threads write, and whoever starts the next agent reads. */
final class MemoryCursorStore implements CursorStore {
  private final Object monitor = new Object();
  // All guarded by the monitor.
  private AgentCursor cursor = AgentCursor.empty();
  private final Map<Scope, Map<String, ByteString>> keys = new HashMap<>();

  @Override
  public AgentCursor load() {
    synchronized (monitor) {
      return cursor;
    }
  }

  @Override
  public Collection<HeldKey> heldKeys() {
    synchronized (monitor) {
      return all(keys);
    }
  }

  @Override
  public void save(AgentCursor next, List<HeldKey> changed) {
    synchronized (monitor) {
      apply(changed, keys);
      cursor = next;
    }
  }

  /** Takes changes over into keys. */
  static void apply(List<HeldKey> changed, Map<Scope, Map<String, ByteString>> keys) {
    for (HeldKey key : changed) {
      Map<String, ByteString> ofScope =
          keys.computeIfAbsent(key.scope(), absent -> new HashMap<>());
      if (key.isGone()) {
        ofScope.remove(key.key());
      } else {
        ofScope.put(key.key(), key.valueDigest());
      }
    }
  }

  static List<HeldKey> all(Map<Scope, Map<String, ByteString>> keys) {
    List<HeldKey> all = new ArrayList<>();
    keys.forEach(
        (scope, ofScope) ->
            ofScope.forEach((key, digest) -> all.add(new HeldKey(scope, key, digest))));
    return all;
  }
}
