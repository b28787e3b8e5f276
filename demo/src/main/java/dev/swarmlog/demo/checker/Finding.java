package dev.swarmlog.demo.checker;

/**
 * One thing that is wrong in a run.
 *
 * @param agent the agent whose journal shows it; "" where it is nobody's in particular
 * @param opId the operation ID of {@code main}; 0 where it is no operation's in particular
 * @param text a sentence for people that names agent and operation
 */
public record Finding(Kind kind, String agent, long opId, String text) {
  /** What is wrong; the order is that of the report. */
  public enum Kind {
    /** Acknowledged, or applied by someone, but not applied by this agent. */
    LOST,
    /** Applied more than once by this agent, or appended more than once under one key. */
    APPLIED_TWICE,
    /** Applied after an operation that follows it, or outside of the interval its record covers. */
    OUT_OF_ORDER,
    /** An assignment that everybody applied, but nobody answered. */
    UNANSWERED,
    /** The content is not what its publisher sent, or not what another agent applied. */
    DIFFERENT,
    /** A table that is not the others', or not what the agent itself reported. */
    DIVERGED,
    /** A position from another incarnation or epoch than the others'. */
    FOREIGN_HISTORY,
    /** A file, or its end, that cannot be read. */
    UNREADABLE
  }
}
