package dev.swarmlog.conformance.testee;

/** The testee cannot run here, because something is missing; the message says what. */
public final class TesteeUnavailableException extends TesteeException {
  private static final long serialVersionUID = 1L;

  TesteeUnavailableException(String message) {
    super(message);
  }
}
