package dev.swarmlog.reliability.faults.partition;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the operations of a log come to for a view, one after the other: a full replay, without
 * deltas, cursors or any SDK.
 *
 * @param keyed the value of each key that is there
 * @param events in the order of the log
 */
record LogFold(Map<ScopedKey, ByteString> keyed, List<Operation> events) {

  /**
   * Replays a log.
   *
   * @param throughOpId the last operation that counts
   */
  static LogFold of(List<Operation> log, Set<Scope> view, long throughOpId) {
    LogFold fold = new LogFold(new HashMap<>(), new ArrayList<>());
    for (Operation operation : log) {
      if (operation.getOpId() > throughOpId) {
        break;
      }
      if (!view.contains(Targets.scopeOf(operation))) {
        continue;
      }
      if (isEvent(operation)) {
        fold.events.add(operation);
      } else {
        set(fold.keyed, operation);
      }
    }
    return fold;
  }

  static boolean isEvent(Operation operation) {
    return operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT;
  }

  /** Does to keyed state what an operation on a key says. */
  static void set(Map<ScopedKey, ByteString> keyed, Operation operation) {
    if (operation.getTombstone()) {
      keyed.remove(ScopedKey.of(operation));
    } else {
      keyed.put(ScopedKey.of(operation), operation.getPayload().getData());
    }
  }
}
