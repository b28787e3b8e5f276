package dev.swarmlog.server.path.drift;

import java.nio.ByteBuffer;

/** A sum of digests, unsigned, modulo 2^128: docs/state-digest.md. Owned by one thread. */
final class DigestSum {

  static final int BYTES = 16;

  private long high;
  private long low;

  /**
   * Adds a digest.
   *
   * @param digest 16 bytes, big-endian
   */
  void add(byte[] digest) {
    ByteBuffer parts = ByteBuffer.wrap(digest);
    high += parts.getLong();
    long lowPart = parts.getLong();
    low += lowPart;
    if (Long.compareUnsigned(low, lowPart) < 0) {
      high++;
    }
  }

  byte[] toBytes() {
    return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
  }
}
