package dev.swarmlog.storage.kv;

/**
 * A reference count that keeps a store open while somebody is inside. A native call on a closed
 * store would end the process.
 *
 * <p>Any thread enters and exits; one thread closes. Its own monitor guards its fields.
 */
public final class CloseGuard {

  private final String what;

  private int insideCount;

  private boolean closed;

  /**
   * @param what is guarded, for messages
   */
  public CloseGuard(String what) {
    this.what = what;
  }

  /**
   * Enters; {@link #exit} must follow.
   *
   * @throws IllegalStateException if it is closed
   */
  public synchronized void enter() {
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

  /** Refuses whoever comes from now on, and waits for those inside. */
  public synchronized void close() {
    closed = true;
    boolean interrupted = false;
    while (insideCount > 0) {
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
