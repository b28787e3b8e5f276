package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.eventlog.StoreLayers;
import java.util.function.Supplier;

/**
 * A bug that is put in on purpose. {@code docs/seeded-bugs.md} says which test catches it.
 *
 * <p>A coordinator gets it by {@code Surroundings.withLayers(shard -> bug.layers())}, an event log
 * in memory by {@code InMemoryEventLog.create(bug.layers())}, a process of its own by {@link
 * BuggyCoordinator}.
 */
public enum SeededBug {
  ACK_BEFORE_FSYNC("publishes are acknowledged, and nothing is flushed", UnflushedAcks::new),
  REUSED_OPERATION_ID(
      "a restart forgets the newest operation of each log, and gives its ID again",
      ForgottenNewest::new),
  DEDUPE_OUTSIDE_BATCH(
      "what is known of producers' numbers and of idempotency keys is written after its operations,"
          + " with the next entry",
      DedupeLater::new),
  DELIVERY_ABOVE_WATERMARK(
      "readers are given operations before these are flushed", EarlyReads::new),
  SIDECAR_LIES("durable-mark is not written", SilentMark::new),
  ACK_FOR_REFUSED("a refused publish is acknowledged", AcksOfRefused::new),
  RETRY_ANSWERED_ANEW(
      "a retry gets the newest position instead of its first answer", RetriesAnsweredAnew::new),
  DELTA_WITHOUT_A_KEY("a delta leaves out a key that has changed", MissingKey::new),
  STALE_READ("readers are shown the head as it was one flush ago", StaleHeads::new),
  FOREIGN_VIEW("readers are given what is for others, too", ForeignViews::new),
  LOGGED_TIME_GOES_BACK("a restart forgets the logged time", ForgottenTime::new),
  /** In an agent: {@link LateEffects}. */
  CURSOR_BEFORE_EFFECT(
      "an agent saves its cursor before it applies what lies below", () -> StoreLayers.NONE);

  private final String description;
  private final Supplier<StoreLayers> layers;

  SeededBug(String description, Supplier<StoreLayers> layers) {
    this.description = description;
    this.layers = layers;
  }

  /** What it does wrong; half a sentence. */
  public String description() {
    return description;
  }

  /** The bug, for one shard that is opened once. */
  public StoreLayers layers() {
    return layers.get();
  }
}
