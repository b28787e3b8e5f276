package dev.swarmlog.reliability.faults.sync;

import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Every operation of a log that can be handed out, and what they come to when folded naively. */
record WholeLog(Log log, List<Operation> operations) {

  static WholeLog read(String target, String swarm, Log log) {
    TailRequest request =
        TailRequest.newBuilder()
            .setSwarm(swarm)
            .setLog(log)
            .setAfterOpId(0)
            .setStopAtHead(true)
            .build();
    List<Operation> operations = new ArrayList<>();
    try (SwarmClient client = SwarmClient.connect(target);
        FrameStream<TailResponse> frames = client.tail(request)) {
      while (frames.hasNext()) {
        operations.addAll(frames.next().getDelivery().getOperationsList());
      }
    }
    return new WholeLog(log, operations);
  }

  /** The last operation in a view; 0 if there is none. */
  long lastOpId(List<Scope> scopes) {
    long last = 0;
    for (Operation operation : operations) {
      if (scopes.contains(scopeOf(operation))) {
        last = operation.getOpId();
      }
    }
    return last;
  }

  /** Whether a key is held that will be deleted in a moment. */
  boolean holdsExpiringKeys() {
    Map<ScopedKey, Operation> setBy = new HashMap<>();
    for (Operation operation : operations) {
      if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED) {
        setBy.put(ScopedKey.of(operation), operation);
      }
    }
    return setBy.values().stream()
        .anyMatch(operation -> !operation.getTombstone() && expires(operation));
  }

  static boolean expires(Operation operation) {
    return operation.getExpiresAtUnixNano() != 0;
  }

  static boolean isEvent(Operation operation) {
    return operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT;
  }

  static Scope scopeOf(Operation operation) {
    return Scope.newBuilder()
        .setTopic(operation.getTopic())
        .setTarget(operation.getTarget())
        .build();
  }

  /** A key of a scope. */
  record ScopedKey(Scope scope, String key) implements Comparable<ScopedKey> {
    static ScopedKey of(Operation operation) {
      return new ScopedKey(scopeOf(operation), operation.getKey());
    }

    @Override
    public int compareTo(ScopedKey other) {
      int byScope = scope.toString().compareTo(other.scope.toString());
      return byScope != 0 ? byScope : key.compareTo(other.key);
    }

    @Override
    public String toString() {
      return scope.toString().replace('\n', ' ') + key;
    }
  }
}
