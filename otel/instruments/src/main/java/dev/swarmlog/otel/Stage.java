package dev.swarmlog.otel;

/**
 * What of an operation's way a lag is of. All but {@link #APPLY} are on the coordinator's clock.
 * Telemetry, which is not flushed before it is handed out and never acknowledged, has the first two
 * only, with "stored" in place of "durable".
 */
public enum Stage {
  /** From when the coordinator had received a publish until it was durable. */
  APPEND("append"),
  /** From when it was durable until it was handed to an agent's stream. */
  DELIVER("deliver"),
  /**
   * From when it was logged until an agent acknowledged it: the primary one, an upper bound of what
   * it took until it was applied.
   */
  ACK("ack"),
  /**
   * From when the publisher sent it until an agent had applied it, by their clocks, corrected by
   * what their heartbeats tell of them.
   */
  APPLY("apply");

  private final String label;

  Stage(String label) {
    this.label = label;
  }

  /** The value of {@link Attribute#STAGE}. */
  public String label() {
    return label;
  }
}
