package dev.swarmlog.server.path.admit;

import dev.swarmlog.v1.RateLimit;
import org.jspecify.annotations.Nullable;

/**
 * A rate limit as it is applied.
 *
 * @param operations null for as many as there are
 * @param bytes null for as many as there are
 */
record Terms(@Nullable Rate operations, @Nullable Rate bytes) {

  static final Terms NONE = new Terms(null, null);

  static Terms of(RateLimit limit) {
    return new Terms(Rate.ofOperations(limit), Rate.ofBytes(limit));
  }

  boolean limitNothing() {
    return operations == null && bytes == null;
  }
}
