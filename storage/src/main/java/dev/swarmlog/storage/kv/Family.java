package dev.swarmlog.storage.kv;

/** A family of rows: a key space of its own, tuned for one kind of row. */
public enum Family {
  /** Operations by ID. */
  LOG("log"),
  /** Running sums by scope and operation. */
  SCOPE("scope"),
  /** What a delta must contain, by scope and operation. */
  DELTA("delta"),
  /** The newest operation of each key. */
  STATE("state"),
  /** Every version of each key, newest first. */
  HISTORY("history"),
  /** Cursors, expiries; later leases, elections, timers, jobs. */
  COORDINATION("coordination"),
  /** Applied index, swarms, heads, producers. */
  META("meta"),
  /** Telemetry by time bucket; in an instance of its own. */
  TELEMETRY("telemetry");

  private final String label;

  Family(String label) {
    this.label = label;
  }

  /** Its name on disk; part of the format. */
  public String label() {
    return label;
  }
}
