package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.v1.Log;
import java.util.ArrayList;
import java.util.List;

/** {@link SeededBug#DELTA_WITHOUT_A_KEY}: each page of a delta lacks its first keyed operation. */
final class MissingKey implements StoreLayers {

  @Override
  public EventLog over(EventLog log) {
    return Altered.of(EventLog.class, log, new WithoutKey(log));
  }

  record WithoutKey(EventLog log) {
    Page readDelta(
        String swarm, Log kind, View view, DeltaBounds bounds, long cursor, int maxBytes) {
      Page page = log.readDelta(swarm, kind, view, bounds, cursor, maxBytes);
      List<StoredOperation> operations = new ArrayList<>(page.operations());
      for (int i = 0; i < operations.size(); i++) {
        if (operations.get(i).isKeyed()) {
          operations.remove(i);
          break;
        }
      }
      return new Page(
          page.toInclusive(),
          page.runningHash(),
          operations,
          page.expired(),
          page.skipped(),
          page.netZero(),
          page.horizonOpId());
    }
  }
}
