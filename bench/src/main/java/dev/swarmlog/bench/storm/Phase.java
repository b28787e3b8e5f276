package dev.swarmlog.bench.storm;

/** A part of a run. */
public enum Phase {
  /** Nothing is measured; a part of it is a storm, so that its code is compiled. */
  WARM_UP,
  /** Quiet. */
  BEFORE,
  /** The storm, while every handler fails at times. */
  STORM_FAILING,
  /** The storm, while every handler but the misbehaving agent's works. */
  STORM,
  /** Quiet again. */
  AFTER;

  /** As in JSON. */
  String key() {
    return switch (this) {
      case WARM_UP -> "warmUp";
      case BEFORE -> "before";
      case STORM_FAILING -> "stormFailing";
      case STORM -> "stormOnly";
      case AFTER -> "after";
    };
  }
}
