package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.FailureCounts;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.v1.SwarmRow;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.RateLimits;

/** A swarm as the writer sees it: what it is, and its heads as applied. Compared by identity. */
final class Swarm {

  final String name;
  final int slot;
  final long incarnation;
  final long createdUnixNs;

  /** {@code slot | number}: what all its keys start with. */
  final byte[] key;

  /** What its epoch is, and which ones were before. */
  final Epochs epochs;

  private RateLimits rateLimits = RateLimits.getDefaultInstance();
  private FailureCounts failures = FailureCounts.NONE;

  final LogHead control;
  final LogHead main;

  Swarm(SwarmRow row, int slot, long number) {
    this.name = row.getName();
    this.slot = slot;
    this.incarnation = row.getIncarnation();
    this.createdUnixNs = row.getCreatedUnixNano();
    this.key = Keys.swarm(slot, number);
    this.control = new LogHead(key, Log.LOG_CONTROL);
    this.main = new LogHead(key, Log.LOG_MAIN);
    this.epochs = new Epochs(incarnation, row.getEpoch());
  }

  /** Takes over limits that were set before. */
  void loadRateLimits(RateLimits stored) {
    rateLimits = stored;
  }

  /** Replaces the limits. */
  void limit(RateLimits limits, Changes changes) {
    rateLimits = limits;
    changes.put(Family.META, Keys.meta(key, Keys.META_RATE_LIMITS), limits.toByteArray());
  }

  /** Notes how many operations agents could not apply. */
  void count(FailureCounts counted) {
    failures = counted;
  }

  /** What is known of it beside its heads. */
  SwarmRow toRow() {
    return SwarmRow.newBuilder()
        .setName(name)
        .setIncarnation(incarnation)
        .setEpoch(epochs.current())
        .setCreatedUnixNano(createdUnixNs)
        .build();
  }

  LogHead head(Log log) {
    return switch (log) {
      case LOG_MAIN -> main;
      case LOG_CONTROL -> control;
      default ->
          throw new IllegalArgumentException(
              "Expected main or control, but got " + LogName.of(log));
    };
  }

  Position position(Log log) {
    return head(log).position(incarnation, epochs.current());
  }

  SwarmState toState() {
    return new SwarmState(
        name,
        slot,
        incarnation,
        epochs.current(),
        epochs.ancestors(),
        createdUnixNs,
        position(Log.LOG_MAIN),
        position(Log.LOG_CONTROL),
        main.horizon().get().opId(),
        control.horizon().get().opId(),
        rateLimits,
        failures);
  }
}
