package dev.swarmlog.storage.repair;

/**
 * A run of operation IDs of one log.
 *
 * @param first inclusive
 * @param last inclusive, at least {@code first}
 */
public record OpRange(long first, long last) {

  public OpRange {
    if (first < 1 || last < first) {
      throw new IllegalArgumentException(
          "Expected a run of operations from 1 on, but got " + first + " to " + last);
    }
  }

  /** How many there are. */
  public long count() {
    return last - first + 1;
  }

  @Override
  public String toString() {
    return first == last ? Long.toString(first) : first + " to " + last;
  }
}
