package dev.swarmlog.storage;

import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import java.util.List;

/**
 * A bounded piece of the keyed state of one scope at one operation, over the keys in {@code
 * (afterKey, throughKey]} in the order of their bytes: those that are live, and no other is.
 *
 * @param afterKey where the page begins; empty for the beginning of the scope
 * @param throughKey where it ends; empty if it goes to the end of the scope
 * @param operations that set the keys, ascending by key
 */
public record KeyPage(String afterKey, String throughKey, List<StoredOperation> operations) {

  /**
   * As it is sent.
   *
   * @param position of the operation that it is the state at
   */
  public SnapshotPage toProto(Position position, Scope scope) {
    SnapshotPage.Builder page =
        SnapshotPage.newBuilder()
            .setPosition(position)
            .setScope(scope)
            .setAfterKey(afterKey)
            .setThroughKey(throughKey);
    operations.forEach(operation -> page.addOperations(operation.toProto()));
    return page.build();
  }
}
