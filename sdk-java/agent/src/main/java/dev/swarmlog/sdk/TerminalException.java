package dev.swarmlog.sdk;

/** An error that the same attempt will meet again; {@link #action()} says what a person can do. */
public final class TerminalException extends SwarmlogException {
  private static final long serialVersionUID = 1L;

  TerminalException(Failure failure) {
    super(failure);
  }
}
