package dev.swarmlog.server.path.deliver;

import org.jspecify.annotations.Nullable;

/** A reader's hold on its cursor. May be used from any thread; nothing blocks. */
public interface Lane {

  /** The stream's window has opened, or the lane shall begin. */
  void wake();

  /**
   * The agent has durably applied everything up to here.
   *
   * @param appliedUnixNs when, by the agent's clock; 0 if it did not say
   */
  void acknowledged(long opId, long appliedUnixNs);

  /**
   * Moves an idle reader's cursor to the head, so that it need not start far back after a
   * reconnect.
   */
  void bookmark();

  /**
   * Sends something between two deliveries, as soon as the lane is live. Those that wait when the
   * lane is closed are dropped.
   */
  void insert(LaneInsertion insertion);

  /** Answers {@link LaneSink#compare}. */
  void compared(DifferingKeys differing);

  /** Sends nothing more. */
  void close();

  /** How far it is. */
  Progress progress();

  /** Head of the log it reads. */
  long headOpId();

  /** When an operation was handed out, if that was in one of the last frames; else null. */
  @Nullable HandOut handOut(long opId);

  /** What a lane is doing. */
  enum State {
    LIVE("live"),
    CATCHING_UP("catching up"),
    COMPARING("comparing what the agent holds"),
    WAITING_FOR_READER("waiting for the agent to read"),
    WAITING_FOR_ACKS("waiting for acks"),
    ASLEEP("live"),
    CLOSED("closed");

    private final String text;

    State(String text) {
      this.text = text;
    }

    /** For people to read. */
    public String text() {
      return text;
    }
  }

  /**
   * How far a lane is, at one moment.
   *
   * @param sinceNs monotonic time from which on it has been in this state
   * @param sentFirst how many operations it has sent, but for those that the agent was given again
   */
  record Progress(State state, long sinceNs, long sentOpId, long ackedOpId, long sentFirst) {}

  /**
   * When one frame was handed out, and what was heard of it. Wall clock, 0 for what has not been.
   *
   * @param syncTarget where the sync ends that it was part of; 0 if it was live
   * @param appliedUnixNs by the agent's own clock
   */
  record HandOut(
      long syncTarget, long handedOutUnixNs, long acknowledgedUnixNs, long appliedUnixNs) {}
}
