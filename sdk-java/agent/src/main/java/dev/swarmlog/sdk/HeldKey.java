package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Scope;

/**
 * What an agent holds under one key of its keyed state. All of them together are its key index: the
 * agent needs it to prove that its state is complete, to count what it was sent in vain, and to
 * know what a page of a snapshot deletes.
 *
 * @param valueDigest of the value, 16 bytes, as the operation named it; empty: the key is no longer
 *     held. Followed by one more byte: the user's state lacks that, because the agent refused or
 *     skipped the operation. One byte alone, if the operation was a deletion; or a handler was
 *     given an operation on the key, and it is not known whether it took effect.
 */
public record HeldKey(Scope scope, String key, ByteString valueDigest) {

  /** Differs from the digest of any value. */
  static final ByteString UNKNOWN = ByteString.copyFrom(new byte[1]);

  private static final ByteString LACKING = ByteString.copyFrom(new byte[] {1});

  /** The same key with an operation under way. */
  HeldKey unknown() {
    return new HeldKey(scope, key, UNKNOWN);
  }

  boolean isKnown() {
    return !valueDigest.equals(UNKNOWN);
  }

  /** The same key, of which the user's state does not have what the log has. */
  HeldKey lacking() {
    return new HeldKey(scope, key, valueDigest.concat(LACKING));
  }

  boolean isLacking() {
    return valueDigest.size() % StateDigests.BYTES == LACKING.size()
        && valueDigest.endsWith(LACKING);
  }

  /** The same key as the log has it. */
  HeldKey asLogged() {
    return isLacking()
        ? new HeldKey(scope, key, valueDigest.substring(0, valueDigest.size() - LACKING.size()))
        : this;
  }

  /** Whether the key was deleted. */
  public boolean isGone() {
    return valueDigest.isEmpty();
  }
}
