package dev.swarmlog.reliability.faults.partition;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.KeyInterval;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an agent holds by what it was given to apply, and the steps by which it came to that.
 * Thread-safe.
 */
final class HeldState {
  /**
   * What was committed at once.
   *
   * @param throughOpId where the cursor stood afterwards
   */
  private record Step(
      Log log, long throughOpId, List<Operation> operations, List<KeyInterval> replaced) {}

  private final List<Step> steps = new ArrayList<>();
  private final List<Operation> events = new ArrayList<>();
  private final Map<ScopedKey, ByteString> keyed = new HashMap<>();
  // Of each log what took effect and is not committed, and where the cursor stands.
  private final Map<Log, List<Operation>> uncommitted = new EnumMap<>(Log.class);
  private final Map<Log, Long> committedOpIds = new EnumMap<>(Log.class);

  /** Takes effect; the cursor follows by {@link #committed}. */
  synchronized void apply(Log log, List<Operation> operations) {
    applyTo(keyed, operations, List.of());
    operations.stream().filter(LogFold::isEvent).forEach(events::add);
    uncommitted.computeIfAbsent(log, of -> new ArrayList<>()).addAll(operations);
  }

  /** The cursor stands at these positions. */
  synchronized void committed(Map<Log, Position> positions) {
    positions.forEach(
        (log, position) -> {
          Long before = committedOpIds.put(log, position.getOpId());
          if (before == null || before != position.getOpId()) {
            steps.add(
                new Step(log, position.getOpId(), takeUpTo(log, position.getOpId()), List.of()));
          }
        });
  }

  /** The cursor of one log is saved with the other's, which may have applied more by then. */
  private List<Operation> takeUpTo(Log log, long opId) {
    List<Operation> waiting = uncommitted.getOrDefault(log, new ArrayList<>());
    List<Operation> taken = new ArrayList<>(waiting);
    taken.removeIf(operation -> operation.getOpId() > opId);
    waiting.removeIf(operation -> operation.getOpId() <= opId);
    return taken;
  }

  /** Takes effect together with the cursor. */
  synchronized void commit(
      Log log, long throughOpId, List<Operation> operations, List<KeyInterval> replaced) {
    applyTo(keyed, operations, replaced);
    operations.stream().filter(LogFold::isEvent).forEach(events::add);
    steps.add(new Step(log, throughOpId, operations, replaced));
  }

  /** What was applied without its cursor will come again. */
  synchronized void forgetUncommitted() {
    uncommitted.clear();
  }

  /** Keyed state now. */
  synchronized Map<ScopedKey, ByteString> keyed() {
    return new HashMap<>(keyed);
  }

  /** Keyed state of a log when its cursor stood here. */
  synchronized Map<ScopedKey, ByteString> keyedAt(Log log, long opId) {
    Map<ScopedKey, ByteString> state = new HashMap<>();
    for (Step step : steps) {
      if (step.log() == log && step.throughOpId() <= opId) {
        applyTo(state, step.operations(), step.replaced());
      }
    }
    return state;
  }

  /** All events, as often and in the order as they were applied. */
  synchronized List<Operation> events() {
    return List.copyOf(events);
  }

  private static void applyTo(
      Map<ScopedKey, ByteString> state, List<Operation> operations, List<KeyInterval> replaced) {
    Set<ScopedKey> named = new HashSet<>();
    operations.forEach(operation -> named.add(ScopedKey.of(operation)));
    for (KeyInterval interval : replaced) {
      state
          .keySet()
          .removeIf(
              held ->
                  held.scope().equals(interval.scope())
                      && held.key().compareTo(interval.afterKey()) > 0
                      && (interval.throughKey().isEmpty()
                          || held.key().compareTo(interval.throughKey()) <= 0)
                      && !named.contains(held));
    }
    operations.stream()
        .filter(operation -> !LogFold.isEvent(operation))
        .forEach(operation -> LogFold.set(state, operation));
  }
}
