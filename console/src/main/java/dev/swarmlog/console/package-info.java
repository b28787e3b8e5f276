/**
 * The console: a read-only page that shows how a coordinator and its swarms are doing, served on
 * loopback by the coordinator's own process.
 *
 * <p>{@link dev.swarmlog.console.Console} listens. It answers with a few fixed files, and below
 * {@code /api/} with what the coordinator's services answer, as JSON; it knows the contract and a
 * channel, nothing of the coordinator's insides. It has threads of its own and touches no event
 * loop. Everything it holds is bounded: {@link dev.swarmlog.console.ConsoleLimits}.
 */
@NullMarked
package dev.swarmlog.console;

import org.jspecify.annotations.NullMarked;
