package dev.swarmlog.server.path.drift;

import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.Topic;

/** Hears of drift that was found or healed. Must not block. */
interface ReportListener {

  void report(Topic topic, DriftReport report);
}
