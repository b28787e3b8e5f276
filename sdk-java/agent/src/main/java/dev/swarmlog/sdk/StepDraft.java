package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link LaneStep} comes to, collected while the {@link LaneLedger} prepares it: what the
 * user gets, and what is found out. Not thread-safe.
 */
final class StepDraft {
  List<Operation> operations = new ArrayList<>();
  // Where among the operations those are that are not of the log, but made by the agent.
  final BitSet made = new BitSet();
  final List<HeldKey> changed = new ArrayList<>();
  final List<KeyInterval> replaced = new ArrayList<>();
  final List<String> mismatches = new ArrayList<>();
  long redundant;
  boolean stateDiffers;
  @Nullable DigestReport digests;
  @Nullable Throwable unread;

  /** Adds a deletion that no operation of the log stands for. */
  void delete(Scope scope, String key, long atOpId) {
    made.set(operations.size());
    operations.add(
        Operation.newBuilder()
            .setOpId(atOpId)
            .setGroupFirst(atOpId)
            .setGroupLast(atOpId)
            .setTopicValue(scope.getTopicValue())
            .setTarget(scope.getTarget())
            .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
            .setKey(key)
            .setKeyExisted(true)
            .setTombstone(true)
            .build());
    changed.add(new HeldKey(scope, key, ByteString.EMPTY));
  }
}
