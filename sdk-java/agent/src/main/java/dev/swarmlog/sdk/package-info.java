/**
 * The Java SDK of Swarmlog: agents that follow a swarm's log, publishers that append to it, and a
 * client that looks on.
 *
 * <p>Start with {@link dev.swarmlog.sdk.SwarmAgent}, {@link dev.swarmlog.sdk.SwarmPublisher} and
 * {@link dev.swarmlog.sdk.SwarmClient}. Everything that decides is a state machine without threads,
 * clock or network ({@code AgentSession}, {@code ProducerSession}); everything that touches gRPC is
 * a thin shell around it. Nothing here is static state: many agents live in one process without
 * knowing of each other.
 */
@NullMarked
package dev.swarmlog.sdk;

import org.jspecify.annotations.NullMarked;
