package dev.swarmlog.reliability.history;

import java.util.List;

/**
 * Why no order of operations explains a history.
 *
 * @param kind of promise that was broken
 * @param message "Expected …, but …"
 * @param calls what contradicts each other; at least one
 */
public record Violation(Kind kind, String message, List<Call> calls) {

  public Violation {
    calls = List.copyOf(calls);
  }

  /** Promises. */
  public enum Kind {
    /** Something is in the log that nobody published, or whose every attempt was refused. */
    INVENTED,
    /** Two operations under one ID. */
    ID_REUSED,
    /** One operation under two IDs. */
    APPENDED_TWICE,
    /** A retry got another answer than the attempt before. */
    ANSWER_CHANGED,
    /** An answer says that it is not the first one, and is; or the other way round. */
    DUPLICATE_MISJUDGED,
    /** Two requests under one number or key were both appended. */
    NUMBER_REUSED,
    /** Refused for a conflict, but there is nothing to be in conflict with. */
    CONFLICT_INVENTED,
    /** Numbered requests are not in the log in the order of their numbers, without gaps. */
    NUMBERS_OUT_OF_ORDER,
    /** Part of a group. */
    GROUP_TORN,
    /** What was acknowledged is not there any more. */
    LOST,
    /** A reader was shown less than was there when it asked. */
    STALE_READ,
    /** The order of the log contradicts the order of time. */
    TIME_INVERTED,
    /** A reader lacks something, or was given too much. */
    WRONG_READ,
    /** A reader was given what is outside of its view. */
    FOREIGN,
    /** One position, two histories. */
    FORKED,
    /** Logged times go back. */
    LOGGED_TIME_BACK,
    /** There are operation IDs under which nothing can be. */
    HOLE
  }
}
