package dev.swarmlog.server.path.accept;

import dev.swarmlog.v1.Log;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The last operations that an agent refused and of which nothing becomes, with what it said; at
 * most {@link #MAX_OPERATIONS} of a session. Guarded by the monitor.
 */
final class GivenUp {

  static final int MAX_OPERATIONS = 16;

  private static final int MAX_MESSAGE_CHARS = 200;

  private final Map<Key, String> messages = new LinkedHashMap<>();

  private record Key(Log log, long opId) {}

  synchronized void add(Log log, long opId, String message) {
    int end = Math.min(message.length(), MAX_MESSAGE_CHARS);
    messages.put(new Key(log, opId), message.substring(0, end));
    if (messages.size() > MAX_OPERATIONS) {
      messages.remove(messages.keySet().iterator().next());
    }
  }

  /** What the agent said; null if it is none of those. */
  synchronized @Nullable String message(Log log, long opId) {
    return messages.get(new Key(log, opId));
  }
}
