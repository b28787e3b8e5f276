/**
 * Fourth step of the path: a gathered entry is applied, made durable, and only then answered.
 *
 * <p>{@link dev.swarmlog.server.path.commit.Committer} is the way in. Everything here belongs to
 * the shard's writer thread.
 */
@NullMarked
package dev.swarmlog.server.path.commit;

import org.jspecify.annotations.NullMarked;
