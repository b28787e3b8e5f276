package dev.swarmlog.server.path.deliver;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SnapshotPage;

/** Snapshot pages as they are sent. */
final class SnapshotPages {

  private SnapshotPages() {}

  static SnapshotPage of(Position position, SyncStep.Keys keys) {
    SnapshotPage.Builder page =
        SnapshotPage.newBuilder()
            .setPosition(position)
            .setScope(keys.scope())
            .setAfterKey(keys.page().afterKey())
            .setThroughKey(keys.page().throughKey());
    for (StoredOperation operation : keys.page().operations()) {
      page.addOperations(parse(operation));
    }
    return page.build();
  }

  private static Operation parse(StoredOperation operation) {
    try {
      return Operation.parseFrom(operation.bytes());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(
          "Expected operation %d to be a stored operation, but it cannot be read"
              .formatted(operation.opId()),
          e);
    }
  }
}
