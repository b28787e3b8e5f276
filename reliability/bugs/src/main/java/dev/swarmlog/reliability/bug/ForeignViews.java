package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.v1.Log;

/** {@link SeededBug#FOREIGN_VIEW}: pages hold all scopes, whatever view is asked for. */
final class ForeignViews implements StoreLayers {

  @Override
  public EventLog over(EventLog log) {
    return Altered.of(EventLog.class, log, new WithEverything(log));
  }

  record WithEverything(EventLog log) {
    Page read(String swarm, Log kind, View view, long from, long to, int maxBytes) {
      return log.read(swarm, kind, View.everything(), from, to, maxBytes);
    }

    Page readDelta(
        String swarm, Log kind, View view, DeltaBounds bounds, long cursor, int maxBytes) {
      return log.readDelta(swarm, kind, View.everything(), bounds, cursor, maxBytes);
    }

    Page readEvents(String swarm, Log kind, View view, long from, long to, int maxBytes) {
      return log.readEvents(swarm, kind, View.everything(), from, to, maxBytes);
    }
  }
}
