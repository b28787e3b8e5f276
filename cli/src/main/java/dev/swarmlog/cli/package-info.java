/**
 * The {@code swarmlog} command line.
 *
 * <p>{@link dev.swarmlog.cli.Main} is the way in, {@link dev.swarmlog.cli.SwarmlogCommand} names
 * the commands, one class each. A command throws what went wrong; {@link dev.swarmlog.cli.Failures}
 * alone turns that into a message and an {@link dev.swarmlog.cli.ExitCode}. Results go to standard
 * output through {@link dev.swarmlog.cli.Output}, everything else to standard error.
 */
@NullMarked
package dev.swarmlog.cli;

import org.jspecify.annotations.NullMarked;
