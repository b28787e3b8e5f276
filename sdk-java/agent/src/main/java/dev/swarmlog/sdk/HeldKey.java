package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Scope;

/**
 * What an agent holds under one key of its keyed state. All of them together are its key index: the
 * agent needs it to prove that its state is complete, to count what it was sent in vain, and to
 * know what a page of a snapshot deletes.
 *
 * @param valueDigest of the value, 16 bytes, as the operation named it; empty: the key is no longer
 *     held. One byte: a handler was given an operation on the key, and it is not known whether it
 *     took effect.
 */
public record HeldKey(Scope scope, String key, ByteString valueDigest) {

  /** Differs from the digest of any value. */
  private static final ByteString UNKNOWN = ByteString.copyFrom(new byte[1]);

  /** The same key with an operation under way. */
  HeldKey unknown() {
    return new HeldKey(scope, key, UNKNOWN);
  }

  boolean isKnown() {
    return valueDigest.size() != UNKNOWN.size();
  }

  /** Whether the key was deleted. */
  public boolean isGone() {
    return valueDigest.isEmpty();
  }
}
