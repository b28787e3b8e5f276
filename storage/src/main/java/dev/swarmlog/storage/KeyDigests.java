package dev.swarmlog.storage;

import java.util.List;

/**
 * Digests of live keys of a scope at an operation, in the order of the keys' UTF-8 bytes.
 *
 * @param throughKey everything up to here was looked at, inclusive; empty for the end of the scope
 */
public record KeyDigests(String throughKey, List<KeyDigest> keys) {

  /**
   * A live key.
   *
   * @param digest its part of the state digest, 16 bytes: docs/state-digest.md
   */
  @SuppressWarnings("ArrayRecordComponent") // added up, compared nowhere
  public record KeyDigest(String key, byte[] digest) {}

  public KeyDigests {
    keys = List.copyOf(keys);
  }
}
