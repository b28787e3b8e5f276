package dev.swarmlog.sdk;

/**
 * The numbers of a producer's groups in its epoch: which comes next, which are used up, and where a
 * group that was refused for good left a gap. Pure, not thread-safe.
 */
final class GroupNumbers {
  // 0 for none yet.
  private long epoch;
  private long next = 1;
  // All numbers below have been appended in this epoch.
  private long appendedBelow;
  // The highest that was acknowledged in this epoch; 0 for none.
  private long acknowledged;
  // Lowest number freed by a refusal for good that has others behind it; 0 for none.
  private long gap;
  // An attempt of the refused group itself may still be on its way, so its number must not be used
  // again.
  private boolean gapLingers;

  /** What Hello says; 0 for a new one. */
  long epoch() {
    return epoch;
  }

  /**
   * A stream is open.
   *
   * @param expected the number the coordinator expects next
   * @param firstUnanswered the lowest that was sent and not answered; 0 for none
   * @return false if the coordinator has lost what it appended in this epoch
   */
  boolean opened(long openedEpoch, long expected, long firstUnanswered) {
    boolean resumed = epoch != 0;
    epoch = openedEpoch;
    if (resumed && firstUnanswered != 0 && expected < firstUnanswered) {
      return false;
    }
    if (!resumed || firstUnanswered == 0) {
      next = expected;
    }
    appendedBelow = expected;
    return true;
  }

  /**
   * How many have been acknowledged in this epoch that are not there any more; they are told once.
   *
   * @param expected the number the coordinator expects next
   */
  long takeLost(long expected) {
    long lost = Math.max(0, acknowledged + 1 - expected);
    acknowledged -= lost;
    return lost;
  }

  long take() {
    return next++;
  }

  void appended(long number) {
    acknowledged = Math.max(acknowledged, number);
    appendedBelow = Math.max(appendedBelow, number + 1);
    if (gap != 0 && number > gap) {
      // The refused number was used up after all, or this could not have been appended.
      forgetGap();
    }
  }

  boolean isUsedUp(long number) {
    return number < appendedBelow;
  }

  /**
   * A group was refused for good and did not use its number up.
   *
   * @param lingers whether another attempt of it may use it up
   */
  void free(long number, boolean lingers) {
    gap = gap == 0 ? number : Math.min(gap, number);
    gapLingers |= lingers;
  }

  boolean hasGap() {
    return gap != 0;
  }

  /** Whether an attempt of the group that left the gap may still fill it. */
  boolean gapLingers() {
    return gapLingers;
  }

  /**
   * Whether it cannot be appended for the gap.
   *
   * @param number 0 for one that is yet to be given
   */
  boolean isBehindGap(long number) {
    return gap != 0 && (number == 0 || number > gap);
  }

  /** Goes on at the gap. Only where nothing can fill it that was sent before. */
  void goOnAtGap() {
    next = gap;
    forgetGap();
  }

  /** Fences all earlier attempts with the next Hello. */
  void beginEpoch() {
    epoch = 0;
    acknowledged = 0;
    forgetGap();
  }

  private void forgetGap() {
    gap = 0;
    gapLingers = false;
  }
}
