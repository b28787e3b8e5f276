package dev.swarmlog.conformance.scene;

/** The connection was cut, as was asked for: what the case says next does not hold any more. */
public final class Cut extends Exception {
  private static final long serialVersionUID = 1L;

  Cut() {
    super("cut", null, false, false);
  }
}
