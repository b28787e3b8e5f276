package dev.swarmlog.demo.supervise;

/**
 * Says when to kill what: one agent process, and then the coordinator, both between 30 and 70 % of
 * the work and with operations in flight. Knows neither clock nor processes; used by the
 * supervisor's thread.
 *
 * <pre>
 * QUIET        --35 %, in flight-->                 AGENTS_DOWN        kills the agent process
 * AGENTS_DOWN  --its agents have caught up-->       AGENTS_BACK
 * AGENTS_DOWN  --62 %, in flight-->                 COORDINATOR_DOWN   kills the coordinator
 * AGENTS_BACK  --50 %, in flight-->                 COORDINATOR_DOWN   kills the coordinator
 * COORDINATOR_DOWN --all agents have caught up-->   OVER
 * </pre>
 */
final class FaultPlan {
  private static final double AGENTS_AT = 0.35;
  private static final double COORDINATOR_AT = 0.50;
  // So that a slow return of the agents does not push the second kill beyond 70 %.
  private static final double COORDINATOR_AT_LAST = 0.62;

  /** Where the plan stands. */
  enum State {
    QUIET,
    AGENTS_DOWN,
    AGENTS_BACK,
    COORDINATOR_DOWN,
    OVER
  }

  /** What is to be done now. */
  enum Action {
    NOTHING,
    KILL_AGENTS,
    KILL_COORDINATOR
  }

  private State state = State.QUIET;

  /**
   * Looks at how things stand.
   *
   * @param progress of the work, 0 to 1
   * @param inFlight assignments that were sent and have no result
   * @param recovered every agent that a kill took down, or off the coordinator, has caught up again
   */
  Action next(double progress, long inFlight, boolean recovered) {
    if (recovered && state == State.AGENTS_DOWN) {
      state = State.AGENTS_BACK;
    } else if (recovered && state == State.COORDINATOR_DOWN) {
      state = State.OVER;
    }
    if (inFlight == 0) {
      return Action.NOTHING;
    }
    if (state == State.QUIET && progress >= AGENTS_AT) {
      state = State.AGENTS_DOWN;
      return Action.KILL_AGENTS;
    }
    boolean due =
        (state == State.AGENTS_BACK && progress >= COORDINATOR_AT)
            || (state == State.AGENTS_DOWN && progress >= COORDINATOR_AT_LAST);
    if (due) {
      state = State.COORDINATOR_DOWN;
      return Action.KILL_COORDINATOR;
    }
    return Action.NOTHING;
  }

  State state() {
    return state;
  }

  /** Something is down, or has not caught up yet. */
  boolean isDisturbed() {
    return state == State.AGENTS_DOWN || state == State.COORDINATOR_DOWN;
  }
}
