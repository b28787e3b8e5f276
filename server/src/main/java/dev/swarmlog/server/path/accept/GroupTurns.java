package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Has each group of a producer's stream judged in its turn: what is wrong with a group itself is
 * found when it arrives, while groups before it have no answer yet. If one of these is refused, it
 * leaves a gap, and who sends again from there has this group judged then. So now it is out of
 * sequence, and nothing else. Asked for each answer in the order of the groups, by one thread at a
 * time.
 */
final class GroupTurns {

  /** Refused by the log, for what a number or a producer was used for before: that is no gap. */
  private static final Set<ErrorReason> NO_GAP =
      EnumSet.of(
          ErrorReason.ERROR_REASON_REQUEST_CONFLICT,
          ErrorReason.ERROR_REASON_REQUEST_TOO_OLD,
          ErrorReason.ERROR_REASON_PRODUCER_FENCED);

  private final int maxInFlight;

  /** The number that has to come first; 0 if none is known to. Unsigned. */
  private long expected;

  /** Groups answered since, all of them behind it. */
  private int behind;

  /**
   * None has been refused.
   *
   * @param maxInFlight more cannot have been sent when the first refusal came
   */
  GroupTurns(int maxInFlight) {
    this.maxInFlight = maxInFlight;
  }

  /** A group has been appended, now or before. */
  void appended() {
    expected = 0;
  }

  /** A group is refused for another reason than what is wrong with itself. */
  void refused(long number, Refusal refusal) {
    if (isBehind(number)) {
      behind++;
      return;
    }
    behind = 0;
    if (NO_GAP.contains(refusal.reason())) {
      expected = 0;
    } else {
      expected =
          refusal.reason() == ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE
              ? Long.parseUnsignedLong(refusal.metadata().getOrDefault("expected_number", "0"))
              : number;
    }
  }

  /** Something is wrong with a group itself; answers why it is refused. */
  Refusal judge(long number, Refusal refusal) {
    Refusal answer = isBehind(number) ? behindRefused(expected, number) : refusal;
    refused(number, refusal);
    return answer;
  }

  /**
   * The refusal of a group behind one that was refused and has not come again; both numbers
   * unsigned.
   */
  static Refusal behindRefused(long refusedNumber, long number) {
    String expected = Long.toUnsignedString(refusedNumber);
    return Refusal.of(
        ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE,
        "Expected request number %s, which was refused, but got %s."
            .formatted(expected, Long.toUnsignedString(number)),
        Map.of("expected_number", expected));
  }

  private boolean isBehind(long number) {
    return expected != 0 && behind < maxInFlight && Long.compareUnsigned(number, expected) > 0;
  }
}
