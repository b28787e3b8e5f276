/**
 * The log of a swarm as a case tells it, and what an agent must hold of it, computed the plain way.
 */
@NullMarked
package dev.swarmlog.conformance.log;

import org.jspecify.annotations.NullMarked;
