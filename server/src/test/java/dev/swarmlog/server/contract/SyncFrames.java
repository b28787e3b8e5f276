package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.SyncSize;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one sync sent, in order.
 *
 * @param delivered operations of the pages
 */
record SyncFrames(
    LogPlan plan, List<Operation> delivered, List<SnapshotPage> snapshots, SyncReceipt receipt) {

  static SyncFrames of(List<SyncResponse> frames) {
    assertThat(frames.get(0).hasPlan()).isTrue();
    SyncResponse last = frames.get(frames.size() - 1);
    assertThat(last.hasReceipt()).isTrue();
    List<Operation> delivered = new ArrayList<>();
    List<SnapshotPage> snapshots = new ArrayList<>();
    for (SyncResponse frame : frames.subList(1, frames.size() - 1)) {
      if (frame.hasSnapshot()) {
        snapshots.add(frame.getSnapshot());
      } else {
        assertThat(snapshots).as("snapshot pages come last").isEmpty();
        delivered.addAll(frame.getPage().getOperationsList());
      }
    }
    return new SyncFrames(frames.get(0).getPlan(), delivered, snapshots, last.getReceipt());
  }

  /** Everything that came, measured as it arrived. */
  SyncSize size() {
    List<Operation> all = new ArrayList<>(delivered);
    snapshots.forEach(page -> all.addAll(page.getOperationsList()));
    return size(all);
  }

  static SyncSize size(List<Operation> operations) {
    SyncSize.Builder size = SyncSize.newBuilder();
    for (Operation operation : operations) {
      boolean event = operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT;
      size.setEventsCount(size.getEventsCount() + (event ? 1 : 0))
          .setKeysCount(size.getKeysCount() + (event ? 0 : 1))
          .setTombstonesCount(size.getTombstonesCount() + (operation.getTombstone() ? 1 : 0))
          .setBytes(size.getBytes() + operation.getSerializedSize());
    }
    return size.build();
  }

  /** The values of keys by scope, once all of it has been applied to what was held before. */
  Map<Scope, Map<String, String>> applyTo(Map<Scope, Map<String, String>> held) {
    Map<Scope, Map<String, String>> state = new HashMap<>();
    held.forEach((scope, keys) -> state.put(scope, new HashMap<>(keys)));
    delivered.forEach(operation -> put(state, operation));
    for (SnapshotPage page : snapshots) {
      state.getOrDefault(page.getScope(), new HashMap<>()).keySet().removeIf(k -> covers(page, k));
      page.getOperationsList().forEach(operation -> put(state, operation));
    }
    state.values().removeIf(Map::isEmpty);
    return state;
  }

  /** Keys of these tests are ASCII. */
  private static boolean covers(SnapshotPage page, String key) {
    return key.compareTo(page.getAfterKey()) > 0
        && (page.getThroughKey().isEmpty() || key.compareTo(page.getThroughKey()) <= 0);
  }

  private static void put(Map<Scope, Map<String, String>> state, Operation operation) {
    if (operation.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED) {
      return;
    }
    Scope scope =
        Scope.newBuilder().setTopic(operation.getTopic()).setTarget(operation.getTarget()).build();
    Map<String, String> keys = state.computeIfAbsent(scope, unused -> new HashMap<>());
    if (operation.getTombstone()) {
      keys.remove(operation.getKey());
    } else {
      keys.put(operation.getKey(), operation.getPayload().getData().toStringUtf8());
    }
  }
}
