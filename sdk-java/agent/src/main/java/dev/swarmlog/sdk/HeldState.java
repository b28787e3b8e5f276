package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Takes over into the key index what the user's own state holds: from then on sums, digests and
 * deletions are of what is there, and what differs from the log shows.
 */
final class HeldState {
  private HeldState() {}

  /**
   * Reads a scope, all of it or, if the source throws, nothing; leaves out keys whose operation was
   * refused. Takes a pass over its keys, a SHA-256 of each value, and about 100 bytes per key until
   * it is done.
   */
  static void takeOver(
      StateSource source, ScopeLedger ledger, StateDigests digests, StepDraft draft)
      throws Exception {
    Set<byte[]> there = new TreeSet<>(Arrays::compareUnsigned);
    NavigableMap<byte[], ByteString> differing = new TreeMap<>(Arrays::compareUnsigned);
    source.forEach(
        ledger.scope(),
        (key, payload) -> {
          byte[] utf8 = Utf8.bytes(key);
          ByteString value = digests.value(payload);
          there.add(utf8);
          if (ledger.holds(utf8, value) || ledger.lacking().contains(utf8)) {
            differing.remove(utf8);
          } else {
            differing.put(utf8, value);
          }
        });
    for (byte[] key : List.copyOf(ledger.within("", "").keySet())) {
      if (!there.contains(key) && !ledger.lacking().contains(key)) {
        ledger.remove(key);
        draft.changed.add(new HeldKey(ledger.scope(), Utf8.text(key), ByteString.EMPTY));
      }
    }
    for (Map.Entry<byte[], ByteString> key : differing.entrySet()) {
      ledger.put(key.getKey(), key.getValue());
      draft.changed.add(new HeldKey(ledger.scope(), Utf8.text(key.getKey()), key.getValue()));
    }
  }
}
