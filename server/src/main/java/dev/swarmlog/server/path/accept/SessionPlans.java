package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.deliver.Deliveries;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.server.path.deliver.SyncPlanning;
import dev.swarmlog.server.path.deliver.SyncReader;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The plans of all logs that an agent sees, made one after the other. Used by one thread at a time,
 * which may block.
 */
final class SessionPlans {

  private final Deliveries deliveries;
  private final SwarmState swarm;
  private final Hello hello;
  private final Map<Log, View> views;
  private final Map<Log, SyncPlan> plans = new EnumMap<>(Log.class);
  private final Iterator<Log> left;

  private @Nullable UnderWay underWay;

  private record UnderWay(Log log, SyncPlanning planning) {}

  SessionPlans(Deliveries deliveries, SwarmState swarm, Hello hello) {
    this.deliveries = deliveries;
    this.swarm = swarm;
    this.hello = hello;
    this.views = Admission.views(hello.getView(), hello.getAgent(), hello.getRolesList());
    // Telemetry has no past to be planned.
    this.left = views.keySet().stream().filter(log -> log != Log.LOG_TELEMETRY).iterator();
  }

  /** Goes on planning. Answers whether there is more to do. */
  boolean step() {
    UnderWay current = underWay;
    if (current == null) {
      if (!left.hasNext()) {
        return false;
      }
      current = begin(left.next());
    }
    if (current.planning().step()) {
      underWay = current;
    } else {
      underWay = null;
      plans.put(current.log(), current.planning().plan());
    }
    return underWay != null || left.hasNext();
  }

  private UnderWay begin(Log log) {
    return new UnderWay(log, deliveries.plan(reader(log)));
  }

  /** Whom the plan of a log is for. */
  SyncReader reader(Log log) {
    return SyncPlans.reader(swarm, hello, log, views.getOrDefault(log, View.nothing()));
  }

  /** What the agent sees, by log. */
  Map<Log, View> views() {
    return views;
  }

  /** By log, of those that have a past; complete when there is no more to do. */
  Map<Log, SyncPlan> plans() {
    return plans;
  }
}
