package dev.swarmlog.reliability.simulation;

import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.HeldKey;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What an agent has on its disk: its cursor with its key index, and the effects of operations. All
 * its processes share it, one after the other.
 */
final class AgentDisk {

  /** A key in its scope, as text: the order of scopes is the same in every run. */
  record StateKey(Topic topic, Target target, String key) {
    static StateKey of(Operation operation) {
      return new StateKey(operation.getTopic(), operation.getTarget(), operation.getKey());
    }
  }

  private AgentCursor cursor = AgentCursor.empty();
  private final Map<Scope, Map<String, HeldKey>> heldKeys = new LinkedHashMap<>();
  private final Map<StateKey, Payload> state = new LinkedHashMap<>();
  private final Map<Log, TreeSet<Long>> events = new EnumMap<>(Log.class);
  private final Map<Log, Long> lostThrough = new EnumMap<>(Log.class);

  AgentDisk() {
    Chronicle.LOGS.forEach(log -> events.put(log, new TreeSet<>()));
  }

  AgentCursor cursor() {
    return cursor;
  }

  long position(Log log) {
    return cursor.position(log).map(position -> position.getOpId()).orElse(0L);
  }

  List<HeldKey> heldKeys() {
    List<HeldKey> all = new ArrayList<>();
    heldKeys.values().forEach(keys -> all.addAll(keys.values()));
    return all;
  }

  void save(AgentCursor next, List<HeldKey> changed) {
    cursor = next;
    for (HeldKey key : changed) {
      Map<String, HeldKey> keys =
          heldKeys.computeIfAbsent(key.scope(), scope -> new LinkedHashMap<>());
      if (key.isGone()) {
        keys.remove(key.key());
      } else {
        keys.put(key.key(), key);
      }
    }
  }

  /** Keyed state as the effects left it. */
  Map<StateKey, Payload> state() {
    return state;
  }

  /** IDs of the events that took effect. */
  TreeSet<Long> events(Log log) {
    return events.get(log);
  }

  /** The agent was told that events up to here are gone. */
  void lost(Log log, long throughOpId) {
    lostThrough.merge(log, throughOpId, Math::max);
  }

  long lostThrough(Log log) {
    return lostThrough.getOrDefault(log, 0L);
  }

  /**
   * An operation takes effect.
   *
   * @return false if it is an event that had taken effect before
   */
  boolean apply(Log log, Operation operation) {
    if (operation.getKey().isEmpty()) {
      return events.get(log).add(operation.getOpId());
    }
    if (operation.getTombstone()) {
      state.remove(StateKey.of(operation));
    } else {
      state.put(StateKey.of(operation), operation.getPayload());
    }
    return true;
  }
}
