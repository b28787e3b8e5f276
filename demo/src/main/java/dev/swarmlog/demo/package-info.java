/**
 * The command {@code swarmlog demo}: twenty agents survey a directory while processes are killed,
 * and a checker says what became of it.
 *
 * <p>{@code survey} is the work, {@code planner} hands it out, {@code agent} does it, {@code
 * supervise} starts and kills, {@code process} is how parent and children speak, {@code display}
 * shows it, {@code journal} is what is written down, and {@code checker} judges from that alone.
 */
@NullMarked
package dev.swarmlog.demo;

import org.jspecify.annotations.NullMarked;
