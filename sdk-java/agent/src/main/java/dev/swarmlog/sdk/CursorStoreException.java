package dev.swarmlog.sdk;

/** A cursor that could not be read or written; the message says what to do. */
public final class CursorStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With a message of the form "Expected …, but …". */
  public CursorStoreException(String message) {
    super(message);
  }

  /** With a message of the form "Expected …, but …". */
  public CursorStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
