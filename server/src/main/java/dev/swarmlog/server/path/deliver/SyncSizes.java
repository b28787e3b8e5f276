package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import java.util.List;

/**
 * Decides by size between what changed and all there is. Stateless; reads from disk, a page at a
 * time.
 */
final class SyncSizes {

  private static final int PAGE_BYTES = 1 << 20;

  /** With no more deletions it does not matter which of the two is sent. */
  private static final int FEW_DELETIONS = 64;

  private final EventLog eventLog;

  SyncSizes(EventLog eventLog) {
    this.eventLog = eventLog;
  }

  /**
   * Whether the keyed state of a view takes fewer bytes than what changed in it: whether the
   * tombstones of the delta take more than the keys that did not change.
   *
   * <p>Where the sums say that there are only a few deletions, that is all that is looked at. Where
   * walks over the index say that there are no fewer live keys than touched ones, the answer is no,
   * too: a tombstone is hardly ever larger than a value. Else the keyed delta is read, and of the
   * state no more than that much.
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
    return stateIsBelow(
        swarm, log, view, bounds.target(), keyedDeltaBytes(swarm, log, view, bounds));
  }

  private boolean stateIsBelow(String swarm, Log log, View view, long atOpId, long boundBytes) {
    SizeTally state = new SizeTally();
    List<Scope> scopes = view.ascending();
    for (int i = 0; i < scopes.size() && state.keyedBytes() < boundBytes; i++) {
      String afterKey = "";
      boolean last = false;
      while (!last && state.keyedBytes() < boundBytes) {
        KeyPage page = eventLog.readKeys(swarm, log, scopes.get(i), atOpId, afterKey, PAGE_BYTES);
        state.addAll(page.operations());
        afterKey = page.throughKey();
        last = page.isLast();
      }
    }
    return state.keyedBytes() < boundBytes;
  }

  private long keyedDeltaBytes(String swarm, Log log, View view, DeltaBounds bounds) {
    SizeTally delta = new SizeTally();
    long cursor = bounds.start();
    while (cursor < bounds.target()) {
      Page page = eventLog.readDelta(swarm, log, view, bounds, cursor, PAGE_BYTES);
      delta.addAll(page.operations());
      cursor = page.toInclusive();
    }
    return delta.keyedBytes();
  }
}
