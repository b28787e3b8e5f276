package dev.swarmlog.server.path;

import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.deliver.Deliveries;
import dev.swarmlog.storage.EventLog;

/**
 * One shard: a log with a single writer, and its deliveries.
 *
 * @param index from 0
 * @param log for reading; only the writer changes it
 */
public record Shard(int index, EventLog log, ShardWriter writer, Deliveries deliveries) {}
