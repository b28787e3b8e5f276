package dev.swarmlog.sdk;

/** What an agent is doing, as {@link SwarmAgent#state()} shows it. */
public enum AgentState {
  /** Opening a session. */
  CONNECTING,
  /** In session, applying what it missed. */
  CATCHING_UP,
  /** In session, every lane has caught up at least once since it attached. */
  LIVE,
  /** Disconnected, waiting for the time of the next attempt. */
  WAITING,
  /** Finishing the batches that handlers hold before it closes or reconnects. */
  DRAINING,
  /** Closed by its owner. Final. */
  CLOSED,
  /**
   * Stopped by an error that trying again would not mend; {@link AgentListener#refused} told which.
   * Final.
   */
  FAILED;

  /** Whether the agent will never be in another state. */
  public boolean isFinal() {
    return this == CLOSED || this == FAILED;
  }
}
