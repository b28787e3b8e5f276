package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.StoredOperation;
import java.util.ArrayList;
import java.util.List;

/**
 * Gathers the operations of a page, and decides where it ends: after the publish group with which
 * it reaches its size.
 */
final class PageBuilder {

  private final int maxBytes;
  private final List<StoredOperation> operations = new ArrayList<>();
  private long sizeBytes;

  PageBuilder(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Adds the next operation, ascending. Returns false, and leaves it out, if the page is full and
   * ends before it.
   */
  boolean add(StoredOperation operation) {
    if (sizeBytes >= maxBytes && operation.opId() > lastGroupEnd()) {
      return false;
    }
    operations.add(operation);
    sizeBytes += operation.bytes().length;
    return true;
  }

  /**
   * Takes back the group that the page ends in, which may go on behind what was looked at.
   *
   * @return false if nothing would be left
   */
  boolean dropLastGroup() {
    long end = lastGroupEnd();
    int keep = operations.size();
    while (keep > 0 && operations.get(keep - 1).groupLast() == end) {
      keep--;
    }
    if (keep == 0) {
      return false;
    }
    operations.subList(keep, operations.size()).clear();
    return true;
  }

  /** Last operation ID of the group that the page ends in; 0 if it is empty. */
  long lastGroupEnd() {
    return operations.isEmpty() ? 0 : operations.get(operations.size() - 1).groupLast();
  }

  List<StoredOperation> operations() {
    return List.copyOf(operations);
  }
}
