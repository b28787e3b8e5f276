package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import java.util.List;

/** Measures what a sync would send, by reading it. Stateless; reads from disk, a page at a time. */
final class SyncSizes {

  private static final int PAGE_BYTES = 1 << 20;

  /** With no more deletions it does not matter which of the two is sent. */
  private static final int FEW_DELETIONS = 64;

  private final EventLog eventLog;

  SyncSizes(EventLog eventLog) {
    this.eventLog = eventLog;
  }

  /**
   * Whether the keyed state of a view is smaller than what changed in it. That takes more deletions
   * in the delta than there are unchanged keys: where the sums say that there are only a few, that
   * is all that is looked at; where walks over the index say that there cannot be so many, nothing
   * is measured.
   */
  boolean snapshotIsSmaller(String swarm, Log log, View view, DeltaBounds bounds) {
    long start = bounds.start();
    if (eventLog.countDeletions(swarm, log, view, start, bounds.target()) <= FEW_DELETIONS) {
      return false;
    }
    long touched = eventLog.touchedKeys(swarm, log, view, start, Long.MAX_VALUE);
    if (eventLog.liveKeys(swarm, log, view, touched) >= touched) {
      return false;
    }
    return keysBytes(swarm, log, view, bounds.target()) < keyedDeltaBytes(swarm, log, view, bounds);
  }

  private long keysBytes(String swarm, Log log, View view, long atOpId) {
    long bytes = 0;
    for (Scope scope : view.ascending()) {
      String afterKey = "";
      boolean last = false;
      while (!last) {
        KeyPage page = eventLog.readKeys(swarm, log, scope, atOpId, afterKey, PAGE_BYTES);
        bytes += bytes(page.operations());
        afterKey = page.throughKey();
        last = page.isLast();
      }
    }
    return bytes;
  }

  private long keyedDeltaBytes(String swarm, Log log, View view, DeltaBounds bounds) {
    long bytes = 0;
    long cursor = bounds.start();
    while (cursor < bounds.target()) {
      Page page = eventLog.readDelta(swarm, log, view, bounds, cursor, PAGE_BYTES);
      bytes += bytes(page.operations().stream().filter(StoredOperation::isKeyed).toList());
      cursor = page.toInclusive();
    }
    return bytes;
  }

  private static long bytes(List<StoredOperation> operations) {
    long bytes = 0;
    for (StoredOperation operation : operations) {
      bytes += operation.bytes().length;
    }
    return bytes;
  }
}
