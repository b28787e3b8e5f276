/**
 * The coordinator: what starts it, what bounds it, and what the rest of it is wired from.
 *
 * <p>{@link dev.swarmlog.server.SwarmlogServer} is the way in. The data path lives in {@code
 * path.accept}, {@code path.admit}, {@code path.batch}, {@code path.commit} and {@code
 * path.deliver}, in this order; {@code grpc} is the transport around it and {@code configuration}
 * what an operator may set.
 */
@NullMarked
package dev.swarmlog.server;

import org.jspecify.annotations.NullMarked;
