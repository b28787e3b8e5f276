package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.KeyInterval;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a reader holds otherwise than the log, in an interval of the keys of a scope.
 *
 * @param intervals that differ, ascending; all between them is held as it should be
 * @param uncompared the end of the interval, of which it was not found out; null if there is none
 */
public record DifferingKeys(List<KeyInterval> intervals, @Nullable KeyInterval uncompared) {

  /** The intervals are copied. */
  public DifferingKeys {
    intervals = List.copyOf(intervals);
  }
}
