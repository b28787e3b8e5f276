package dev.swarmlog.reliability.simulation;

import dev.swarmlog.reliability.simulation.AgentDisk.StateKey;
import dev.swarmlog.sdk.AgentState;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Whether everybody has come to hold what the logs say. */
final class Convergence {

  private final Simulation simulation;

  Convergence(Simulation simulation) {
    this.simulation = simulation;
  }

  /** Whether all publishings are answered and all agents are at the heads of their logs. */
  boolean met() {
    return open().isEmpty();
  }

  private List<String> open() {
    for (SimulatedPublisher publisher : simulation.clients().publishers()) {
      if (publisher.pending() > 0) {
        return List.of(
            "%d groups of %s are not answered".formatted(publisher.pending(), publisher.name()));
      }
    }
    List<String> open = new ArrayList<>();
    for (AgentSpec spec : simulation.clients().specs()) {
      SimulatedAgent agent = simulation.clients().agent(spec.name());
      if (agent == null || agent.state() != AgentState.LIVE) {
        return List.of(
            "%s is %s".formatted(spec.name(), agent == null ? "down" : agent.state().toString()));
      }
      for (Log log : spec.logs()) {
        long head = simulation.chronicle().head(spec.swarm(), log);
        long position = simulation.clients().disk(spec.name()).position(log);
        if (position < head) {
          open.add("%s is at operation %d of %d of %s".formatted(spec.name(), position, head, log));
          return open;
        }
      }
    }
    return open;
  }

  /** Throws what has not converged. */
  void check() {
    List<String> open = open();
    if (!open.isEmpty()) {
      throw new Violation(
          "converges",
          "expected everybody to agree %d s after the last fault, but %s"
              .formatted(Simulation.CONVERGENCE_NS / 1_000_000_000, open.get(0)));
    }
    simulation.chronicle().atRest();
    simulation.clients().specs().forEach(this::checkAgent);
  }

  private void checkAgent(AgentSpec spec) {
    AgentDisk disk = simulation.clients().disk(spec.name());
    Map<StateKey, Payload> expected = new LinkedHashMap<>();
    for (Log log : spec.logs()) {
      Set<Long> events = new TreeSet<>();
      Set<Long> optional = new HashSet<>();
      for (Operation operation : simulation.chronicle().operations(spec.swarm(), log)) {
        if (spec.sees(operation)) {
          fold(operation, expected, events, optional, disk.lostThrough(log));
        }
      }
      checkEvents(spec, log, disk.events(log), events, optional);
    }
    for (Map.Entry<StateKey, Payload> entry : expected.entrySet()) {
      Payload held = disk.state().get(entry.getKey());
      if (!entry.getValue().equals(held)) {
        throw new Violation(
            "state is the fold of the log",
            "expected %s to hold %s as it is in the log, %s, but it holds %s"
                .formatted(spec.name(), entry.getKey().key(), text(entry.getValue()), text(held)));
      }
    }
    for (StateKey key : disk.state().keySet()) {
      if (!expected.containsKey(key)) {
        throw new Violation(
            "state is the fold of the log",
            "expected %s not to hold %s, which is deleted, but it holds %s"
                .formatted(spec.name(), key.key(), text(disk.state().get(key))));
      }
    }
  }

  private static void fold(
      Operation operation,
      Map<StateKey, Payload> state,
      Set<Long> events,
      Set<Long> optional,
      long lostThrough) {
    if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
      boolean maybe = operation.getExpiresAtUnixNano() != 0 || operation.getOpId() <= lostThrough;
      (maybe ? optional : events).add(operation.getOpId());
    } else if (operation.getTombstone()) {
      state.remove(StateKey.of(operation));
    } else {
      state.put(StateKey.of(operation), operation.getPayload());
    }
  }

  private static void checkEvents(
      AgentSpec spec, Log log, Set<Long> applied, Set<Long> events, Set<Long> optional) {
    for (long event : events) {
      if (!applied.contains(event)) {
        throw new Violation(
            "every event",
            "expected %s to have applied event %d of %s, but it never did"
                .formatted(spec.name(), event, log));
      }
    }
    for (long event : applied) {
      if (!events.contains(event) && !optional.contains(event)) {
        throw new Violation(
            "every event",
            "expected %s to apply events of its view, but it applied %d of %s"
                .formatted(spec.name(), event, log));
      }
    }
  }

  private static String text(Payload payload) {
    return payload == null ? "nothing" : payload.getData().toStringUtf8().replaceAll("\\*+", "");
  }
}
