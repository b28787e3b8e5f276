package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Ends streams whose first frame does not come in time. */
final class Handshakes {

  private final ScheduledExecutorService timer;
  private final Limits limits;

  Handshakes(ScheduledExecutorService timer, Limits limits) {
    this.timer = timer;
    this.limits = limits;
  }

  /**
   * Waits for a first frame.
   *
   * @param expired told on the timer's thread if it does not come; must not block
   * @return to be cancelled when it comes, or when the stream ends
   */
  Future<?> expect(String firstFrame, Consumer<Refusal> expired) {
    return timer.schedule(
        () ->
            expired.accept(
                Refusal.of(
                    ErrorReason.ERROR_REASON_HANDSHAKE_TIMEOUT,
                    "Expected %s within %d ms of opening the stream, but nothing came."
                        .formatted(firstFrame, limits.handshakeTimeout().toMillis()))),
        limits.handshakeTimeout().toMillis(),
        TimeUnit.MILLISECONDS);
  }
}
