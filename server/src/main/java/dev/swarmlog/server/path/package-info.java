/**
 * The path of an operation: {@code accept -> admit -> batch -> commit -> deliver}.
 *
 * <p>The packages below are its steps, in this order. Calls go rightwards only; what comes back
 * comes through listeners. {@link dev.swarmlog.server.path.Shards} holds the steps of each shard
 * together.
 */
@NullMarked
package dev.swarmlog.server.path;

import org.jspecify.annotations.NullMarked;
