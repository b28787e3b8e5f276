/**
 * The transport: connections, identities, authorization, errors as statuses, health, and
 * administration.
 *
 * <p>{@link dev.swarmlog.server.grpc.GrpcTransport} is the way in; {@link
 * dev.swarmlog.server.grpc.ErrorStatus} is the one table from failures to statuses, and {@link
 * dev.swarmlog.server.grpc.Principals} says who makes a call.
 */
@NullMarked
package dev.swarmlog.server.grpc;

import org.jspecify.annotations.NullMarked;
