/**
 * Third step of the path: a shard's single writer gathers what is waiting into one entry.
 *
 * <p>{@link dev.swarmlog.server.path.batch.ShardWriter} is the way in.
 */
@NullMarked
package dev.swarmlog.server.path.batch;

import org.jspecify.annotations.NullMarked;
