/** What clients of a swarm saw, and whether one order of its operations explains it. */
@NullMarked
package dev.swarmlog.reliability.history;

import org.jspecify.annotations.NullMarked;
