package dev.swarmlog.server.path.drift;

import dev.swarmlog.otel.OperationMeter;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.path.deliver.Lane;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Log;
import java.util.concurrent.Executor;

/**
 * A lane that is to be watched.
 *
 * @param plan how it is brought up to date
 * @param executor the lane's own, serial
 * @param sink writes to the same stream
 * @param instruments what is found and sent is noted there
 */
public record Watched(
    String swarm,
    String agent,
    Log log,
    SyncPlan plan,
    EventLog eventLog,
    Lane lane,
    Executor executor,
    DriftSink sink,
    Instruments instruments) {

  /** What happens in the swarm. */
  OperationMeter.OfSwarm meter() {
    return instruments.operations().of(swarm);
  }

  /** All that the agent sees of the lane's log. */
  View view() {
    return plan.view();
  }
}
