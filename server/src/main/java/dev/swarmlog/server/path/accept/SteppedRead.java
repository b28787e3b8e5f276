package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.admit.Admission;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Reads for one call, step by step, on threads that may block: one step per task, so that others
 * get their turn between two; none while the caller does not read, and none after the call has
 * ended.
 *
 * <p><b>Threads.</b> {@link #wake} may be called from any thread and does not block. Steps are
 * taken one at a time; what they share needs no lock.
 */
final class SteppedRead {

  /** What is done. */
  interface Step {

    /**
     * Reads something, and sends it if that is what it takes. May block.
     *
     * @return whether there is another step
     */
    boolean take();
  }

  private final Executor readers;
  private final Responder<?> responder;
  private final BooleanSupplier wanted;
  private final Step step;
  private final String what;

  /** Set while a step is queued or taken, and for ever after the last one. */
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * Takes no step before the first {@link #wake}.
   *
   * @param wanted whether a step shall be taken now; {@link #wake} says that it may have changed
   * @param what is being done, for the log
   */
  SteppedRead(
      Executor readers, Responder<?> responder, BooleanSupplier wanted, Step step, String what) {
    this.readers = readers;
    this.responder = responder;
    this.wanted = wanted;
    this.step = step;
    this.what = what;
  }

  void wake() {
    if (busy.compareAndSet(false, true)) {
      submit();
    }
  }

  private void submit() {
    try {
      readers.execute(this::run);
    } catch (RejectedExecutionException e) {
      responder.refuse(Admission.shuttingDown());
    }
  }

  private void run() {
    if (responder.ended()) {
      return;
    }
    if (!wanted.getAsBoolean()) {
      busy.set(false);
      // The window may have opened between the two.
      if (wanted.getAsBoolean()) {
        wake();
      }
      return;
    }
    try {
      if (step.take()) {
        submit();
      }
    } catch (RuntimeException | Error e) {
      responder.fail(e, what);
    }
  }
}
