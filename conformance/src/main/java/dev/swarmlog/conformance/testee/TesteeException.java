package dev.swarmlog.conformance.testee;

/** The testee does not do its part: it cannot be started, ended, or does not answer. */
public class TesteeException extends Exception {
  private static final long serialVersionUID = 1L;

  public TesteeException(String message) {
    super(message, null, false, false);
  }
}
