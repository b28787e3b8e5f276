package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Skipped;
import java.util.ArrayList;
import java.util.List;

/**
 * Gathers what a page says of an interval, sent or left out, and decides where it ends: after the
 * publish group with which it reaches its size. What is left out counts, too: it has been read, and
 * is held in memory as long.
 */
final class PageBuilder {

  /** What becomes of an operation. */
  enum Fate {
    SENT,
    /** An event whose time is over. */
    EXPIRED,
    /** A key whose value the reader holds already. */
    NET_ZERO
  }

  private record Examined(StoredOperation operation, Fate fate) {}

  private final int maxBytes;
  private final List<Examined> examined = new ArrayList<>();
  private long examinedBytes;

  PageBuilder(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Whether the page is full and ends before that operation. */
  boolean endsBefore(StoredOperation operation) {
    return examinedBytes >= maxBytes && operation.opId() > lastGroupEnd();
  }

  /** Adds the next operation, ascending; the page does not {@link #endsBefore} it. */
  void add(StoredOperation operation, Fate fate) {
    examined.add(new Examined(operation, fate));
    examinedBytes += operation.bytes().length;
  }

  /**
   * Takes back the group that the page ends in, which may go on behind what was looked at.
   *
   * @return false if nothing would be left
   */
  boolean dropLastGroup() {
    long end = lastGroupEnd();
    int keep = examined.size();
    while (keep > 0 && examined.get(keep - 1).operation().groupLast() == end) {
      keep--;
    }
    if (keep == 0) {
      return false;
    }
    examined.subList(keep, examined.size()).clear();
    return true;
  }

  /** Last operation ID of the group that the page ends in; 0 if it is empty. */
  long lastGroupEnd() {
    return examined.isEmpty() ? 0 : examined.get(examined.size() - 1).operation().groupLast();
  }

  /** What was added last; the page is not empty. */
  StoredOperation last() {
    return examined.get(examined.size() - 1).operation();
  }

  /** The page as far as it was gathered. */
  Page build(long toInclusive, byte[] runningHash) {
    List<StoredOperation> expired = withFate(Fate.EXPIRED);
    List<Skipped> skipped = expired.isEmpty() ? List.of() : SkippedEvents.byScope(expired);
    return new Page(
        toInclusive,
        runningHash,
        withFate(Fate.SENT),
        expired,
        skipped,
        withFate(Fate.NET_ZERO),
        0);
  }

  private List<StoredOperation> withFate(Fate fate) {
    List<StoredOperation> found = new ArrayList<>(fate == Fate.SENT ? examined.size() : 0);
    for (Examined one : examined) {
      if (one.fate() == fate) {
        found.add(one.operation());
      }
    }
    return found;
  }
}
