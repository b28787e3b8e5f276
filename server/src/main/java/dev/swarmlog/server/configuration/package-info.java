/**
 * What an operator may set, and where each value came from.
 *
 * <p>{@link dev.swarmlog.server.configuration.ServerConfiguration} is the way in: defaults, then a
 * file, then the environment, then flags, the later one winning. Bounds are not configuration: see
 * {@link dev.swarmlog.server.Limits}.
 */
@NullMarked
package dev.swarmlog.server.configuration;

import org.jspecify.annotations.NullMarked;
