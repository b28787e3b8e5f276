package dev.swarmlog.reliability.faults.partition;

/** How an agent takes effect, and what it knows of that when it is started again. */
enum EffectStyle {
  /** One operation at a time; the cursor lies on disk. */
  HANDLERS_WITH_CURSOR,
  /** One operation at a time; started again, it holds nothing. */
  HANDLERS_WITHOUT_CURSOR,
  /** Batch by batch; the cursor lies on disk. */
  BATCHES_WITH_CURSOR,
  /** Effects and cursor in one step, with an index of keys. */
  EFFECTS_WITH_KEYS,
  /** Effects and cursor in one step; which keys it holds it does not know. */
  EFFECTS_WITHOUT_KEYS;

  /** Whether each event takes effect once, also when the agent is started again. */
  boolean isExactlyOnce() {
    return this == EFFECTS_WITH_KEYS || this == EFFECTS_WITHOUT_KEYS;
  }
}
