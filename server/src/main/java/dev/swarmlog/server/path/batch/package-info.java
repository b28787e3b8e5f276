/**
 * Third step of the path: a shard's single writer gathers what is waiting into one entry.
 *
 * <p>{@link dev.swarmlog.server.path.batch.ShardWriters} is the way in, {@link
 * dev.swarmlog.server.path.batch.ShardWriter} one shard of it.
 */
@NullMarked
package dev.swarmlog.server.path.batch;

import org.jspecify.annotations.NullMarked;
