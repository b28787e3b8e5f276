package dev.swarmlog.sdk;

import org.jspecify.annotations.Nullable;

/**
 * When a lane reports its sums with an ack: at most once per interval of the coordinator, after
 * something was applied, and right after each repair. Where the user's own state is compared, each
 * report is of that: at most once per interval of the user's, also of an idle agent, since state
 * can rot while nothing happens. Pure: the lane starts the timer.
 */
final class SumsSchedule {
  // The coordinator counts from when it got the last sums, and the way there may have been quicker.
  private static final int SLACK_DIVISOR = ContractConduct.SESSION.getSumsSlackDivisor();

  // Null: the key index is what is reported.
  private final @Nullable Long stateIntervalNs;
  private boolean accepted;
  // 0: only after repairs.
  private long intervalNs;
  // These outlive streams: the coordinator remembers when it looked, too.
  private boolean elapsed = true;
  private boolean reportedBefore;
  private boolean unreported = true;
  private boolean repaired;

  SumsSchedule(@Nullable Long stateIntervalNs) {
    this.stateIntervalNs = stateIntervalNs;
  }

  /** What the coordinator of the session wants. */
  void expect(boolean drift, long driftIntervalNs) {
    accepted = drift;
    intervalNs = drift ? driftIntervalNs : 0;
  }

  /** Whether queries and repairs come. */
  boolean accepted() {
    return accepted;
  }

  /** Whether the coordinator looks at sums by itself, and mends what differs. */
  boolean heals() {
    return intervalNs > 0;
  }

  boolean comparesState() {
    return stateIntervalNs != null;
  }

  /** Nothing was reported on this stream. */
  void attach() {
    unreported = true;
    repaired = false;
  }

  void applied() {
    unreported = true;
  }

  void repaired() {
    repaired = true;
  }

  /** The interval is over. */
  void elapsed() {
    elapsed = true;
  }

  boolean isDue() {
    return repaired || (heals() && elapsed && (unreported || comparesState()));
  }

  /**
   * The sums are on their way; answers when to look again, 0 if never. The first ones may come too
   * soon for a coordinator that looked at those of an agent that ran before: they are repeated.
   */
  long reported() {
    unreported = !reportedBefore;
    reportedBefore = true;
    repaired = false;
    elapsed = !heals();
    if (!heals()) {
      return 0;
    }
    long atLeastNs = stateIntervalNs == null ? intervalNs : Math.max(intervalNs, stateIntervalNs);
    return atLeastNs + atLeastNs / SLACK_DIVISOR;
  }
}
