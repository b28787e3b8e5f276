package dev.swarmlog.server.path.deliver;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;

/** Stored operations for tests. */
public final class Operations {

  public static final Scope ALL =
      Scope.newBuilder()
          .setTopic(Topic.TOPIC_COMMANDS)
          .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
          .build();

  private Operations() {}

  public static Scope agent(String name) {
    return Scope.newBuilder()
        .setTopic(Topic.TOPIC_COMMANDS)
        .setTarget(Target.newBuilder().setAgent(name))
        .build();
  }

  public static StoredOperation stored(long opId, Scope scope, int payloadBytes) {
    Operation operation =
        Operation.newBuilder()
            .setOpId(opId)
            .setGroupFirst(opId)
            .setGroupLast(opId)
            .setTopic(scope.getTopic())
            .setTarget(scope.getTarget())
            .setPayload(Payload.newBuilder().setData(ByteString.copyFrom(new byte[payloadBytes])))
            .build();
    byte[] hash = new byte[16];
    hash[15] = (byte) opId;
    return new StoredOperation(
        opId, opId, scope, operation.getOperationClass(), hash, 0, operation.toByteArray());
  }

  public static List<StoredOperation> broadcasts(long first, long last, int payloadBytes) {
    List<StoredOperation> operations = new ArrayList<>();
    for (long opId = first; opId <= last; opId++) {
      operations.add(stored(opId, ALL, payloadBytes));
    }
    return operations;
  }
}
