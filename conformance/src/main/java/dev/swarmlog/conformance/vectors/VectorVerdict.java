package dev.swarmlog.conformance.vectors;

/** How an SDK did on one vector. */
public sealed interface VectorVerdict {
  /** It answered what was expected. */
  record Passed() implements VectorVerdict {}

  /**
   * It did not.
   *
   * @param difference where the answer differs first, or how it failed; for people to read
   */
  record Failed(String difference) implements VectorVerdict {}

  /**
   * It cannot compute the kind.
   *
   * @param message why, as the SDK says
   */
  record Skipped(String message) implements VectorVerdict {}
}
