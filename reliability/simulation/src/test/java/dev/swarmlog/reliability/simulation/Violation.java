package dev.swarmlog.reliability.simulation;

/** A promise was broken. */
final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  private final String invariant;

  /**
   * A promise that was broken.
   *
   * @param invariant in short, the same for all violations of its kind
   * @param found what was expected and what was found
   */
  Violation(String invariant, String found) {
    super(invariant + ": " + found);
    this.invariant = invariant;
  }

  String invariant() {
    return invariant;
  }
}
