package dev.swarmlog.reliability.faults.load;

import java.util.ArrayList;
import java.util.List;

/** What was found to break a promise, in the order it was found. Any thread may add. */
public final class Violations {
  private static final int MAX_KEPT = 200;

  private final List<String> found = new ArrayList<>();
  private long count;

  /** Adds one; of many only the first are kept as text. */
  public synchronized void add(String format, Object... arguments) {
    count++;
    if (found.size() < MAX_KEPT) {
      found.add(format.formatted(arguments));
    }
  }

  public synchronized long count() {
    return count;
  }

  public synchronized List<String> found() {
    return List.copyOf(found);
  }
}
