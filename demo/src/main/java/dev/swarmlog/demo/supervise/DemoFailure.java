package dev.swarmlog.demo.supervise;

/** The demo could not be run to its end; the message says why, and where to look. */
public final class DemoFailure extends Exception {
  private static final long serialVersionUID = 1L;

  public DemoFailure(String message) {
    super(message);
  }
}
