package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.DigestQuery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;

/**
 * Cuts an interval of the keys that are held into parts, to answer a {@link DigestQuery}.
 *
 * <p>With more keys than parts, each part has about as many, and the last one goes on to the end of
 * the interval. With fewer, each part ends with a key and holds nothing else; what is behind the
 * last key is a part of no key. That part counts too: where it would be one too many, some parts
 * are of two keys, and the next query takes them apart.
 */
final class DigestParts {
  // What the contract allows; anything else is taken for the nearest.
  private static final int MIN_PARTS = ContractConduct.SESSION.getMinDigestParts();
  private static final int MAX_PARTS = ContractConduct.SESSION.getMaxDigestParts();

  private DigestParts() {}

  /**
   * The parts of what is held in the interval of a query: one pass to count keys, one to add up
   * their digests; nothing is hashed.
   */
  static List<DigestPart> cut(NavigableMap<byte[], byte[]> held, DigestQuery query) {
    ByteString end = query.getThroughKeyBytes();
    int count = held.size();
    int maxParts = Math.min(MAX_PARTS, Math.max(MIN_PARTS, query.getMaxParts()));
    boolean behind =
        count <= maxParts
            && (count == 0
                || !Arrays.equals(held.lastKey(), query.getThroughKeyBytes().toByteArray()));
    long cuts = Math.min(count, behind ? maxParts - 1 : maxParts);
    List<DigestPart> parts = new ArrayList<>(maxParts);
    byte[] sum = new byte[StateDigests.BYTES];
    int seen = 0;
    int before = 0;
    for (Map.Entry<byte[], byte[]> key : held.entrySet()) {
      ScopeLedger.addKeyDigest(key.getValue(), sum);
      seen++;
      if (seen == (long) count * (parts.size() + 1) / cuts) {
        boolean last = seen == count && !behind;
        parts.add(part(last ? end : ByteString.copyFrom(key.getKey()), seen - before, sum));
        Arrays.fill(sum, (byte) 0);
        before = seen;
      }
    }
    if (behind) {
      parts.add(part(end, 0, sum));
    }
    return parts;
  }

  /** What is answered where it is not known which keys are held. */
  static List<DigestPart> unknown(DigestQuery query) {
    return List.of(part(query.getThroughKeyBytes(), 0, new byte[StateDigests.BYTES]));
  }

  private static DigestPart part(ByteString throughKey, int keyCount, byte[] sum) {
    return DigestPart.newBuilder()
        .setThroughKeyBytes(throughKey)
        .setKeyCount(keyCount)
        .setDigest(ByteString.copyFrom(sum))
        .build();
  }
}
