package dev.swarmlog.server.path.telemetry;

import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Scope;
import java.util.HashMap;
import java.util.Map;

/**
 * How many operations there were of each scope that a reader names. Publishers may address as many
 * scopes as they like: those that nobody names are not counted, so that the readers' views are what
 * bounds this. Not thread-safe: it belongs to the monitor of its {@link TelemetryTail}.
 */
final class ScopeOrdinals {

  private final Map<Scope, Count> counts = new HashMap<>();

  private static final class Count {
    long appended;
    int readers;
  }

  /** A reader comes. Answers how many there were until now, of the scopes that it names. */
  Map<Scope, Long> join(View view) {
    Map<Scope, Long> until = new HashMap<>();
    for (Scope scope : view.scopes()) {
      Count count = counts.computeIfAbsent(scope, absent -> new Count());
      count.readers++;
      until.put(scope, count.appended);
    }
    return until;
  }

  /** A reader that has come leaves. */
  void leave(View view) {
    for (Scope scope : view.scopes()) {
      counts.computeIfPresent(scope, (same, count) -> --count.readers == 0 ? null : count);
    }
  }

  /** The number of one more operation, from 1; 0 if nobody names its scope. */
  long next(Scope scope) {
    Count count = counts.get(scope);
    return count == null ? 0 : ++count.appended;
  }

  int size() {
    return counts.size();
  }
}
