/**
 * One swarm with agents of all languages, under faults: {@code demo --polyglot}. What the agents do
 * is in {@code docs/polyglot.md}.
 */
@NullMarked
package dev.swarmlog.demo.polyglot;

import org.jspecify.annotations.NullMarked;
