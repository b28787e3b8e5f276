/**
 * The agents of the demo: each applies every assignment and every result, surveys the files that
 * fall to it, and publishes what it found.
 *
 * <p>What an agent applies and how far it came is one append to its process's journal; what it
 * holds in memory can be made anew from there, and after a crash is.
 */
@NullMarked
package dev.swarmlog.demo.agent;

import org.jspecify.annotations.NullMarked;
