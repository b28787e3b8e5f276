/**
 * The processes of the demo: how the supervisor starts and kills them, what they tell it, and how
 * they end with it.
 *
 * <p>A child writes lines of JSON to its standard output, one {@link
 * dev.swarmlog.demo.process.Status} each; its standard error goes to a log file. Its standard input
 * is a pipe that nobody writes to: when it ends, the supervisor wants the child to end, or is gone.
 * So nothing survives the supervisor, however it dies.
 */
@NullMarked
package dev.swarmlog.demo.process;

import org.jspecify.annotations.NullMarked;
