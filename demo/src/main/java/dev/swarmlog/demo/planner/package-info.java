/** Who hands out the work of the demo: one keyed assignment per file and round, to all agents. */
@NullMarked
package dev.swarmlog.demo.planner;

import org.jspecify.annotations.NullMarked;
