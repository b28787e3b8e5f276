package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.log.Fold;
import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.log.SwarmLog;
import dev.swarmlog.conformance.scene.Scene;
import dev.swarmlog.conformance.v1.Handle;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What took effect in the user's world, and when: exactly once, in order, one call per lane at a
 * time, nothing that is not in the log. Within the scene's lock.
 */
final class Effects {
  private final Scene scene;
  private final SwarmLog log;
  // Events by number: whatever stream they were sent on, they must take effect.
  private final Map<Log, NavigableMap<Long, Operation>> events = new EnumMap<>(Log.class);
  // Keyed operations of the stream there is: on another one they may be left out as superseded.
  private final Map<Log, NavigableMap<Long, Operation>> keyed = new EnumMap<>(Log.class);
  private final Map<Log, Set<Long>> begunSinceAttached = new EnumMap<>(Log.class);
  private final Map<Log, Set<Long>> applied = new EnumMap<>(Log.class);
  private final Map<Log, Set<Long>> failed = new EnumMap<>(Log.class);
  // Operations that need not take effect: skipped, lost, refused.
  private final Map<Log, Set<Long>> excused = new EnumMap<>(Log.class);
  // Operations that may come again: those of pages and repairs.
  private final Map<Log, Set<Long>> repeatable = new EnumMap<>(Log.class);
  private final Map<Log, Long> last = new EnumMap<>(Log.class);
  private final Map<Log, Handle> running = new EnumMap<>(Log.class);
  private final Map<Scope, NavigableMap<String, String>> state = new TreeMap<>(Fold.SCOPES);
  private final List<String> story = new ArrayList<>();
  private final Map<Long, String> traceparents = new TreeMap<>();
  private int taken;
  private boolean mayRepeat;
  private boolean stateIsChecked = true;

  Effects(Scene scene, SwarmLog log) {
    this.scene = scene;
    this.log = log;
  }

  /** A frame was sent. */
  void sent(Log which, DataResponse frame) {
    for (Operation operation : Conduct.operations(frame)) {
      (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT ? events : keyed)
          .computeIfAbsent(which, absent -> new TreeMap<>())
          .put(operation.getOpId(), operation);
    }
    if (frame.hasSnapshot()) {
      frame.getSnapshot().getOperationsList().forEach(one -> repeatable(which, one));
    }
    if (frame.hasRepair()) {
      frame
          .getRepair()
          .getPagesList()
          .forEach(page -> page.getOperationsList().forEach(one -> repeatable(which, one)));
    }
    if (frame.hasDelivery()) {
      frame
          .getDelivery()
          .getSkippedList()
          .forEach(
              skipped ->
                  log.between(
                          which,
                          frame.getDelivery().getFromOpId(),
                          frame.getDelivery().getTo().getOpId(),
                          List.of(skipped.getScope()))
                      .forEach(one -> excuse(which, one.getOpId())));
    }
  }

  /** A stream begins. */
  void attached(Log which) {
    keyed.remove(which);
    begunSinceAttached.remove(which);
  }

  /** Whether a handler was called since the stream began, with an operation of the interval. */
  boolean hasBegunWithin(Log which, long fromExclusive, long to) {
    return begunSinceAttached.getOrDefault(which, Set.of()).stream()
        .anyMatch(opId -> opId > fromExclusive && opId <= to);
  }

  private void repeatable(Log which, Operation operation) {
    repeatable.computeIfAbsent(which, absent -> new TreeSet<>()).add(operation.getOpId());
  }

  /** These need not take effect. */
  void excuse(Log which, long opId) {
    excused.computeIfAbsent(which, absent -> new TreeSet<>()).add(opId);
  }

  /** The process was killed: what took effect and was not committed comes again. */
  void mayRepeat() {
    mayRepeat = true;
  }

  /** The agent is started anew, knowing nothing: everything comes again. */
  void forgotten() {
    applied.clear();
    last.clear();
    running.clear();
    state.clear();
  }

  /** What was sent of the old history counts no more; the state is replaced. */
  void historyReplaced() {
    events.clear();
    keyed.clear();
    applied.clear();
    last.clear();
    excused.clear();
    repeatable.clear();
  }

  /** The end of main is lost: others come under its numbers, and what it did stays. */
  void lostAbove(long mainOpId) {
    for (Map<Log, NavigableMap<Long, Operation>> sent : List.of(events, keyed)) {
      sent.getOrDefault(Log.LOG_MAIN, new TreeMap<>()).tailMap(mainOpId, false).clear();
    }
    for (Map<Log, Set<Long>> numbers : List.of(applied, excused, repeatable)) {
      numbers.getOrDefault(Log.LOG_MAIN, new TreeSet<>()).removeIf(opId -> opId > mainOpId);
    }
    last.computeIfPresent(Log.LOG_MAIN, (log, opId) -> Math.min(opId, mainOpId));
  }

  /** What the case tells is not what the log has. */
  void ignoreState() {
    stateIsChecked = false;
  }

  /** A handler is called. */
  void begins(Handle call) {
    scene.tell("handler called: " + text(call));
    if (running.put(call.getLog(), call) != null) {
      scene.violation(
          "Expected one call of a handler at a time on %s, but got another"
              .formatted(Notation.text(call.getLog())));
    }
    for (Operation operation : call.getOperationsList()) {
      traceparents.put(operation.getOpId(), call.getTraceparent());
      begunSinceAttached
          .computeIfAbsent(call.getLog(), absent -> new TreeSet<>())
          .add(operation.getOpId());
      check(call.getLog(), operation);
    }
  }

  /** A handler failed: nothing of the call took effect. */
  void fails(Handle call) {
    scene.tell("handler fails: " + text(call));
    running.remove(call.getLog());
    call.getOperationsList()
        .forEach(
            operation ->
                failed
                    .computeIfAbsent(call.getLog(), absent -> new TreeSet<>())
                    .add(operation.getOpId()));
  }

  /** A handler returns: the call took effect. */
  void applied(Handle call) {
    scene.tell("handler returns: " + text(call));
    running.remove(call.getLog());
    for (Operation operation : call.getOperationsList()) {
      story.add(Notation.text(operation));
      if (isOfLog(call.getLog(), operation)) {
        applied.computeIfAbsent(call.getLog(), absent -> new TreeSet<>()).add(operation.getOpId());
        last.merge(call.getLog(), operation.getOpId(), Math::max);
      }
      if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED) {
        NavigableMap<String, String> keys =
            state.computeIfAbsent(
                Fold.scopeOf(operation), absent -> new TreeMap<>(Fold::compareUtf8));
        if (operation.getTombstone()) {
          keys.remove(operation.getKey());
        } else {
          keys.put(operation.getKey(), operation.getPayload().getData().toStringUtf8());
        }
      }
    }
  }

  /** The next so many that took effect, in order; null if there are not so many yet. */
  @Nullable List<String> take(int count) {
    if (story.size() - taken < count) {
      return null;
    }
    List<String> next = List.copyOf(story.subList(taken, taken + count));
    taken += count;
    return next;
  }

  /** The trace context of the last call with an operation; null if there was none. */
  @Nullable String traceparent(long opId) {
    return traceparents.get(opId);
  }

  /** Whatever ran is gone. */
  void interrupted() {
    running.clear();
  }

  boolean hasFailed(Log which, long opId) {
    return failed.getOrDefault(which, Set.of()).contains(opId);
  }

  /**
   * An operation up to there that was sent and took no effect; null if there is none. Of keyed ones
   * only those of the stream there is are looked at.
   */
  @Nullable String missing(Log which, long to) {
    String event = missingEvent(which, to);
    return event != null ? event : missing(which, keyed, to);
  }

  /** An event up to there that was sent and took no effect; null if there is none. */
  @Nullable String missingEvent(Log which, long to) {
    return missing(which, events, to);
  }

  private @Nullable String missing(
      Log which, Map<Log, NavigableMap<Long, Operation>> due, long to) {
    return due.getOrDefault(which, new TreeMap<>()).headMap(to, true).values().stream()
        .filter(operation -> !isDone(which, operation.getOpId()) && !isHeld(operation))
        .map(Notation::text)
        .findFirst()
        .orElse(null);
  }

  /** What the user's world has more or less than the log; null if it is the same. */
  @Nullable String difference(Log which, List<Scope> scopes) {
    for (Operation operation : log.between(which, 0, log.head(which), scopes)) {
      if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT
          && !isDone(which, operation.getOpId())) {
        return "Expected every event to take effect, but not so " + Notation.text(operation);
      }
    }
    Fold fold = log.fold(which, log.head(which));
    for (Scope scope : scopes) {
      Map<String, String> expected = new TreeMap<>(Fold::compareUtf8);
      fold.keys(scope)
          .forEach((key, value) -> expected.put(key, value.getPayload().getData().toStringUtf8()));
      Map<String, String> held = new TreeMap<>(state.getOrDefault(scope, new TreeMap<>()));
      keysOfExcused(which, scope)
          .forEach(
              key -> {
                expected.remove(key);
                held.remove(key);
              });
      if (stateIsChecked && !expected.equals(held)) {
        return "Expected the user to hold %s in %s, but it is %s"
            .formatted(expected, Notation.text(scope), held);
      }
    }
    return null;
  }

  private List<String> keysOfExcused(Log which, Scope scope) {
    return excused.getOrDefault(which, Set.of()).stream()
        .map(opId -> log.operation(which, opId))
        .filter(operation -> Fold.scopeOf(operation).equals(scope))
        .map(Operation::getKey)
        .toList();
  }

  /**
   * Whether the user holds what a keyed operation says: a delta that was cut off may have left it
   * out for that, and the one behind it, which does not know, brings it in vain.
   */
  private boolean isHeld(Operation operation) {
    if (operation.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED) {
      return false;
    }
    String held =
        state.getOrDefault(Fold.scopeOf(operation), new TreeMap<>()).get(operation.getKey());
    return operation.getTombstone()
        ? held == null
        : operation.getPayload().getData().toStringUtf8().equals(held);
  }

  private boolean isDone(Log which, long opId) {
    return applied.getOrDefault(which, Set.of()).contains(opId)
        || excused.getOrDefault(which, Set.of()).contains(opId);
  }

  private void check(Log which, Operation operation) {
    if (which == Log.LOG_TELEMETRY) {
      return;
    }
    if (!isOfLog(which, operation)) {
      if (!operation.getTombstone() && !isRepeatable(which, operation)) {
        scene.violation(
            "Expected operations of the log only, but the handler got " + Notation.text(operation));
      }
      return;
    }
    if (mayRepeat || isRepeatable(which, operation)) {
      return;
    }
    long before = last.getOrDefault(which, 0L);
    if (applied.getOrDefault(which, Set.of()).contains(operation.getOpId())) {
      scene.violation(
          "Expected each operation to be handled once, but the handler got %s again"
              .formatted(Notation.text(operation)));
    } else if (operation.getOpId() <= before) {
      scene.violation(
          "Expected operations in order, but the handler got %s after %d"
              .formatted(Notation.text(operation), before));
    }
  }

  private boolean isRepeatable(Log which, Operation operation) {
    return repeatable.getOrDefault(which, Set.of()).contains(operation.getOpId());
  }

  /** Whether it is the log's own, or one that is given again and refers to one. */
  private boolean isOfLog(Log which, Operation operation) {
    if (which == Log.LOG_TELEMETRY
        || operation.getOpId() < 1
        || operation.getOpId() > log.head(which)) {
      return false;
    }
    Operation logged = log.operation(which, operation.getOpId());
    return logged.hasOrigin()
        ? logged.getPayload().equals(operation.getPayload())
        : Fold.scopeOf(logged).equals(Fold.scopeOf(operation))
            && logged.getKey().equals(operation.getKey())
            && logged.getTombstone() == operation.getTombstone()
            && logged.getPayload().equals(operation.getPayload());
  }

  private static String text(Handle call) {
    return Notation.text(call.getLog())
        + " "
        + call.getOperationsList().stream().map(Notation::text).toList();
  }
}
