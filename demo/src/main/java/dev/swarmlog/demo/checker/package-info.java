/**
 * Judges a run of the demo from what was written down: the journals of the agents and the lists of
 * acks of the publishers.
 *
 * <p>It shares no code with the SDK, nor with the code that wrote the files, except for the
 * generated messages: a checker that shares code with what it checks shares its mistakes. It runs
 * when all processes have ended, in one thread.
 */
@NullMarked
package dev.swarmlog.demo.checker;

import org.jspecify.annotations.NullMarked;
