/**
 * The synchronous orchestrator that Swarmlog is compared with, as a team would write it that knows
 * gRPC: it takes commands in, and threads of a bounded pool call the agents, over one connection
 * per agent, with a deadline on every call.
 *
 * <p>{@link dev.swarmlog.bench.orchestrator.OrchestratorServer} is the way in. What differs between
 * the naive and the polite one is a {@link dev.swarmlog.bench.orchestrator.Dispatch}.
 */
@NullMarked
package dev.swarmlog.bench.orchestrator;

import org.jspecify.annotations.NullMarked;
