/**
 * How a queue that many share is shared: turns by deficit round robin, room by what the others
 * leave; both between swarms first, then between the publishers of a swarm.
 *
 * <p>Beside the steps of the path, which use it: the mailbox of a shard's writer and the queue of
 * telemetry. {@link dev.swarmlog.server.path.fair.FairQueue} is the way in.
 */
@NullMarked
package dev.swarmlog.server.path.fair;

import org.jspecify.annotations.NullMarked;
