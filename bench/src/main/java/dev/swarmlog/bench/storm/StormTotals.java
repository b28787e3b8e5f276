package dev.swarmlog.bench.storm;

/**
 * Requests of the misbehaving agent, up to a moment or between two.
 *
 * @param made that were sent
 * @param answered with what it wanted
 * @param refused or without an answer in time
 * @param heldBack that it did not make, as too many had no answer yet
 */
record StormTotals(long made, long answered, long refused, long heldBack) {

  static final StormTotals NONE = new StormTotals(0, 0, 0, 0);

  /** Those since an earlier moment. */
  StormTotals since(StormTotals earlier) {
    return new StormTotals(
        made - earlier.made,
        answered - earlier.answered,
        refused - earlier.refused,
        heldBack - earlier.heldBack);
  }
}
