package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.v1.ErrorReason;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Room for what waits without a stream that could be left unread, bounded for a swarm and for the
 * coordinator. Belongs to the lock of its {@link SwarmGate}, but for what is counted for all.
 */
final class AloneRoom {

  private final Limits limits;
  private final AtomicLong bytesOfAll;
  private int count;
  private long bytes;

  AloneRoom(Limits limits, AtomicLong bytesOfAll) {
    this.limits = limits;
    this.bytesOfAll = bytesOfAll;
  }

  /** Takes it in, or says why not. */
  @Nullable Refusal enter(Demand demand) {
    if (count >= limits.maxWaitingPublishesPerSwarm()
        || bytes + demand.bytes() > limits.maxWaitingPublishBytesPerSwarm()) {
      return refusal(
          "Expected at most %,d publishes and %,d bytes to wait for the rate limits of swarm '%s', but there are as many."
              .formatted(
                  limits.maxWaitingPublishesPerSwarm(),
                  limits.maxWaitingPublishBytesPerSwarm(),
                  demand.swarm()));
    }
    if (bytesOfAll.addAndGet(demand.bytes()) > limits.maxWaitingPublishBytes()) {
      bytesOfAll.addAndGet(-demand.bytes());
      return refusal(
          "Expected at most %,d bytes of publishes to wait for rate limits, but there are as many."
              .formatted(limits.maxWaitingPublishBytes()));
    }
    count++;
    bytes += demand.bytes();
    return null;
  }

  void leave(Demand demand) {
    count--;
    bytes -= demand.bytes();
    bytesOfAll.addAndGet(-demand.bytes());
  }

  private Refusal refusal(String message) {
    return Refusal.of(ErrorReason.ERROR_REASON_RATE_LIMITED, message)
        .withRetryAfter(limits.ratePatience());
  }
}
