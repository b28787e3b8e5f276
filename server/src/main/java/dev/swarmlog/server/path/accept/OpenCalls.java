package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.v1.ErrorReason;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the open calls of a service, so that what their clients do not read is bounded. May be
 * used from any thread.
 */
final class OpenCalls {

  private final int maxCalls;
  private final AtomicInteger open = new AtomicInteger();

  OpenCalls(int maxCalls) {
    this.maxCalls = maxCalls;
  }

  /**
   * Counts a call until it ends, or refuses it.
   *
   * @param gone run when the call is over
   * @return whether there was room
   */
  boolean enter(Responder<?> responder, Runnable gone) {
    if (open.incrementAndGet() > maxCalls) {
      open.decrementAndGet();
      responder.refuse(
          Refusal.of(
                  ErrorReason.ERROR_REASON_OVERLOADED,
                  "Expected at most %d calls of the sync service at a time, but there are as many."
                      .formatted(maxCalls))
              .withRetryAfter(Admission.RETRY_AFTER));
      return false;
    }
    AtomicBoolean left = new AtomicBoolean();
    Runnable leave =
        () -> {
          if (left.compareAndSet(false, true)) {
            open.decrementAndGet();
          }
        };
    responder.whenClosed(
        () -> {
          leave.run();
          gone.run();
        });
    return true;
  }
}
