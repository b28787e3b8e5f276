package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.v1.ErrorReason;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The first frame of a stream, which must come in time and only once; else the stream is ended.
 *
 * <p>{@link #came} belongs to the event loop of the stream; {@link #forget} may be called by any
 * thread.
 */
final class FirstFrame {

  private final String name;
  private final Responder<?> responder;
  private final Future<?> deadline;
  private boolean here;

  /**
   * Starts to wait.
   *
   * @param name as the contract calls it
   */
  FirstFrame(
      String name, Responder<?> responder, ScheduledExecutorService timer, Duration timeout) {
    this.name = name;
    this.responder = responder;
    this.deadline =
        timer.schedule(() -> expired(timeout), timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** It has come; answers false, and ends the stream, if it had come before. */
  boolean came() {
    if (here) {
      responder.refuse(
          Admission.violation("Expected one %s per stream, but got a second one.".formatted(name)));
      return false;
    }
    here = true;
    forget();
    return true;
  }

  /** The stream has ended: nobody waits any more. */
  void forget() {
    deadline.cancel(false);
  }

  private void expired(Duration timeout) {
    responder.refuse(
        Refusal.of(
            ErrorReason.ERROR_REASON_HANDSHAKE_TIMEOUT,
            "Expected %s within %d ms of opening the stream, but nothing came."
                .formatted(name, timeout.toMillis())));
  }
}
