package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import org.jspecify.annotations.Nullable;

/**
 * A timer of an agent's session; starting it again replaces it.
 *
 * @param lane null for timers of the whole session
 */
record TimerKey(Kind kind, @Nullable Log lane) {
  enum Kind {
    HANDSHAKE,
    HEARTBEAT,
    RECONNECT,
    RETRY,
    NACK,
    BREAKER,
    FLUSH,
    SUMS
  }
}
