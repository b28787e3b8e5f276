package dev.swarmlog.storage.eventlog;

/**
 * The horizon of one log as applied, which may be ahead of the durable one.
 *
 * <p>The writer thread moves it before it removes the first row; any thread reads it. So a reader
 * that finds, behind its last row, that it is not below the horizon has seen no gap: what is
 * removed up to a horizon is nothing that an answer at or above it needs.
 */
final class AppliedHorizon {

  private volatile Horizon current = Horizon.START;

  Horizon get() {
    return current;
  }

  void moveTo(Horizon next) {
    current = next;
  }
}
