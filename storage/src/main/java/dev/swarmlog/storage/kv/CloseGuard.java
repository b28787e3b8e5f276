package dev.swarmlog.storage.kv;

import java.util.function.BooleanSupplier;

/**
 * A reference count that keeps a store open while somebody is inside. A native call on a closed
 * store would end the process.
 *
 * <p>Any thread enters and exits; one thread closes, or goes in {@link #alone}. Its own monitor
 * guards its fields.
 */
public final class CloseGuard {

  private final String what;

  private int insideCount;

  private boolean closed;

  /** Somebody is inside alone, or waits to be. */
  private boolean taken;

  /**
   * @param what is guarded, for messages
   */
  public CloseGuard(String what) {
    this.what = what;
  }

  /**
   * Enters; {@link #exit} must follow. Waits while somebody is inside {@link #alone}.
   *
   * @throws IllegalStateException if it is closed
   */
  public synchronized void enter() {
    awaitUninterruptibly(() -> !taken);
    if (closed) {
      throw new IllegalStateException("Expected an open " + what + ", but it has been closed");
    }
    insideCount++;
  }

  /** Leaves. */
  public synchronized void exit() {
    insideCount--;
    if (insideCount == 0) {
      notifyAll();
    }
  }

  /** Whether {@link #close} has been called. */
  public synchronized boolean isClosed() {
    return closed;
  }

  /**
   * Runs something while nobody else is inside. Who is inside finishes first; who comes meanwhile
   * waits. Not for a thread that is inside itself.
   *
   * @throws IllegalStateException if it is closed
   */
  public void alone(Runnable action) {
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("Expected an open " + what + ", but it has been closed");
      }
      taken = true;
      awaitUninterruptibly(() -> insideCount == 0);
    }
    try {
      action.run();
    } finally {
      synchronized (this) {
        taken = false;
        notifyAll();
      }
    }
  }

  /** Refuses whoever comes from now on, and waits for those inside. */
  public synchronized void close() {
    closed = true;
    awaitUninterruptibly(() -> insideCount == 0);
  }

  private synchronized void awaitUninterruptibly(BooleanSupplier condition) {
    boolean interrupted = false;
    while (!condition.getAsBoolean()) {
      try {
        wait();
      } catch (InterruptedException e) {
        // Closing under a reader would crash the process; the interrupt is handed on afterwards.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
