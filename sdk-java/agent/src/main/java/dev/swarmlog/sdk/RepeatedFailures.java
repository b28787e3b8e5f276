package dev.swarmlog.sdk;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Which failures deserve a line in the log: of each cause one a minute. So a handler whose database
 * is away, or an agent whose coordinator is, does not fill the disk. Pure, not thread-safe.
 */
final class RepeatedFailures {
  static final long QUIET_NS = Duration.ofMinutes(1).toNanos();

  /** Beyond, the one that was logged first is forgotten. */
  static final int MAX_CAUSES = 100;

  // In the order in which they were logged last.
  private final Map<Object, Logged> causes = new LinkedHashMap<>();

  private record Place(Class<?> exception, @Nullable StackTraceElement place) {}

  private static final class Logged {
    private final long atNs;
    private long leftOut;

    Logged(long atNs) {
      this.atNs = atNs;
    }
  }

  /** What was thrown and where: a cause that many exceptions have in common. */
  static Object place(Throwable failure) {
    StackTraceElement[] trace = failure.getStackTrace();
    return new Place(failure.getClass(), trace.length == 0 ? null : trace[0]);
  }

  /** What the end of a line says of those that were left out before it; empty if there are none. */
  static String others(OptionalLong leftOut) {
    return leftOut.orElse(0) == 0
        ? ""
        : " (and %d times before, which were not logged)".formatted(leftOut.getAsLong());
  }

  /**
   * Counts a failure.
   *
   * @param cause equal to those of the same cause
   * @return how many of the same cause were left out since one was logged; empty if this is to be
   *     left out, too
   */
  OptionalLong count(Object cause, long nowNs) {
    Logged before = causes.get(cause);
    if (before != null && nowNs - before.atNs < QUIET_NS) {
      before.leftOut++;
      return OptionalLong.empty();
    }
    causes.remove(cause);
    if (causes.size() == MAX_CAUSES) {
      causes.remove(causes.keySet().iterator().next());
    }
    causes.put(cause, new Logged(nowNs));
    return OptionalLong.of(before == null ? 0 : before.leftOut);
  }
}
