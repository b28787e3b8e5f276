package dev.swarmlog.server.path.deliver;

import dev.swarmlog.v1.PlanSyncResponse;

/** A sync that is measured instead of sent. Used by one thread at a time, which may block. */
public interface SyncMeasurement {

  /** What would be done; complete when there is no more to read. */
  SyncPlan plan();

  /** Plans, or reads a page. Answers whether there is more to do. */
  boolean step();

  /** What was measured, without the plan; complete when there is no more to read. */
  PlanSyncResponse.Builder result();
}
