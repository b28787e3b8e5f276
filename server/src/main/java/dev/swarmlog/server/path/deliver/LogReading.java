package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.v1.Log;

/**
 * One log of a swarm, to be read in pages.
 *
 * @param pageBytes what a page holds, unless a single group is larger
 */
record LogReading(EventLog eventLog, String swarm, Log log, int pageBytes) {}
