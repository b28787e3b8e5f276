package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.StoredOperation;
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
      page.addOperations(operation.toProto());
    }
    return page.build();
  }
}
