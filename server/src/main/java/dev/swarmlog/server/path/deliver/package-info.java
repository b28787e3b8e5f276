/**
 * Last step of the path: a cursor per lane over a shared tail.
 *
 * <p>The log is the queue. What is committed goes into a bounded tail in memory, encoded once; a
 * lane is a cursor into it that writes only while its stream's window is open. A lane that falls
 * behind the tail reads pages from disk. So a slow agent costs a cursor, and nothing else.
 *
 * <p>{@link dev.swarmlog.server.path.deliver.Deliveries} is the way in.
 */
@NullMarked
package dev.swarmlog.server.path.deliver;

import org.jspecify.annotations.NullMarked;
