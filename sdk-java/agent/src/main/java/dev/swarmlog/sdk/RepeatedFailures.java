package dev.swarmlog.sdk;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Which failures of a handler deserve a line in the log: of each cause, that is the class of the
 * exception and the place where it was thrown, one a minute. So a handler whose database is away
 * does not fill the disk. Pure, not thread-safe.
 */
final class RepeatedFailures {
  static final long QUIET_NS = Duration.ofMinutes(1).toNanos();

  /** Beyond, the one that was logged first is forgotten. */
  static final int MAX_CAUSES = 100;

  // In the order in which they were logged last.
  private final Map<Cause, Logged> causes = new LinkedHashMap<>();

  private record Cause(Class<?> exception, @Nullable StackTraceElement place) {}

  private static final class Logged {
    private final long atNs;
    private long leftOut;

    Logged(long atNs) {
      this.atNs = atNs;
    }
  }

  /**
   * Counts a failure.
   *
   * @return how many of the same cause were left out since one was logged; empty if this is to be
   *     left out, too
   */
  OptionalLong count(Throwable failure, long nowNs) {
    StackTraceElement[] trace = failure.getStackTrace();
    Cause cause = new Cause(failure.getClass(), trace.length == 0 ? null : trace[0]);
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
