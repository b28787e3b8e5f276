package dev.swarmlog.storage;

/**
 * What is known of a reader that asks for a delta, and where the delta ends.
 *
 * <p>A reader holds of each key its value at {@code base} if the key has an operation in {@code
 * (start, interruptedTarget]}, and else its value at {@code start}: a delta to {@code
 * interruptedTarget} was cut off at {@code start}, and what a delta sends of a key is its newest
 * operation only. One such interruption is all that can be told from three numbers; after a second
 * one, what the reader holds is no longer known, and nothing may be left out because it came back
 * to its value.
 *
 * @param base what the reader held whole, exclusive
 * @param start where the delta begins, exclusive
 * @param interruptedTarget where the delta that was cut off at {@code start} should have ended;
 *     {@code start} if none was
 * @param target where this one ends, inclusive; not below the interrupted one, since a key that was
 *     to change behind the target need not have an operation up to it
 * @param exact what the reader holds is known: keys that have that value again at the target are
 *     left out
 * @param noEventsThrough up to where no event is given: of a reader that wants none the target,
 *     else 0 at first, see {@link #after}
 */
public record DeltaBounds(
    long base,
    long start,
    long interruptedTarget,
    long target,
    boolean exact,
    long noEventsThrough) {

  public DeltaBounds {
    if (base < 0 || base > start || start > interruptedTarget || interruptedTarget > target) {
      throw new IllegalArgumentException(
          "Expected 0 <= base <= start <= interruptedTarget <= target, but got %d, %d, %d and %d"
              .formatted(base, start, interruptedTarget, target));
    }
  }

  /** From a position that the reader holds whole. */
  public static DeltaBounds from(long base, long target) {
    return new DeltaBounds(base, base, base, target, true, 0);
  }

  /** The same without any event: only what became of keys. */
  public DeltaBounds withoutEvents() {
    return new DeltaBounds(base, start, interruptedTarget, target, exact, target);
  }

  /** On from where a first delta was cut off. */
  public static DeltaBounds resumed(long base, long cursor, long interruptedTarget, long target) {
    return new DeltaBounds(base, cursor, interruptedTarget, target, true, 0);
  }

  /** On from a cursor, of a reader that was interrupted more than once. */
  public static DeltaBounds inexact(long cursor, long target) {
    return new DeltaBounds(cursor, cursor, cursor, target, false, 0);
  }

  /**
   * The same for the next page.
   *
   * <p>A delta from nothing has no event below the horizon. If the horizon moves while it is read,
   * somebody has to know that none was handed out up to where it has come; else what is lost could
   * not be told.
   *
   * @param page that goes before it
   */
  public DeltaBounds after(Page page) {
    return isFromNothing()
            && page.toInclusive() < page.horizonOpId()
            && noEventsThrough < page.horizonOpId()
        ? new DeltaBounds(base, start, interruptedTarget, target, exact, page.horizonOpId())
        : this;
  }

  /** Whether the reader had nothing at all. */
  public boolean isFromNothing() {
    return exact && interruptedTarget == 0;
  }
}
