package dev.swarmlog.conformance.vectors;

/** An SDK that computes vectors. */
@FunctionalInterface
public interface VectorTarget {
  /** What it answers. */
  sealed interface Answer {
    /** It computed this. */
    record Computed(String outputJson) implements Answer {}

    /** It cannot compute vectors of the kind. */
    record Unsupported(String message) implements Answer {}
  }

  /**
   * Computes one vector.
   *
   * @param inputJson the "input" of the vector
   * @throws Exception if it failed, which fails the vector; the message says how
   */
  Answer compute(String kind, String inputJson) throws Exception;
}
