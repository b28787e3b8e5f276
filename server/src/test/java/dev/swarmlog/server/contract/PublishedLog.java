package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an agent must have, by a naive reading of the whole log from its first operation: shares no
 * code with what selects, sends or sums.
 */
record PublishedLog(List<Operation> operations) {

  static PublishedLog of(Coordinator coordinator, String swarm) {
    return new PublishedLog(coordinator.everything(swarm, Log.LOG_MAIN));
  }

  /** Keys of a scope that are live at an operation, with the operations that set them. */
  Map<String, Operation> keys(Scope scope, long atOpId) {
    Map<String, Operation> keys = new TreeMap<>();
    for (Operation operation : operations) {
      if (operation.getOpId() <= atOpId
          && operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED
          && StateSums.scope(operation).equals(scope)) {
        if (operation.getTombstone()) {
          keys.remove(operation.getKey());
        } else {
          keys.put(operation.getKey(), operation);
        }
      }
    }
    return keys;
  }

  /** Events of a scope in {@code (fromExclusive, toInclusive]}. */
  List<Operation> events(Scope scope, long fromExclusive, long toInclusive) {
    return operations.stream()
        .filter(operation -> operation.getOpId() > fromExclusive)
        .filter(operation -> operation.getOpId() <= toInclusive)
        .filter(operation -> operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT)
        .filter(operation -> StateSums.scope(operation).equals(scope))
        .toList();
  }

  /** Checks that an agent which has caught up has what it must have, and nothing else. */
  void check(ModelAgent agent) {
    long at = agent.now().position().getOpId();
    for (Scope scope : agent.plan().getScopesList()) {
      Map<String, Operation> expected = keys(scope, at);
      Map<String, Operation> held = agent.now().keys(scope);
      assertThat(held.keySet()).as("keys of %s of %s", scope, agent).isEqualTo(expected.keySet());
      expected.forEach(
          (key, operation) ->
              // Not the operation: one that set the same value again need not have been sent.
              assertThat(held.get(key).getPayload())
                  .as("%s of %s of %s", key, scope, agent)
                  .isEqualTo(operation.getPayload()));
      Holdings.Events events = agent.now().events(scope);
      if (events.skipped().isEmpty()) {
        assertThat(events.applied())
            .as("events of %s of %s, once and in order", scope, agent)
            .isEqualTo(events(scope, events.since(), at));
      }
    }
  }
}
