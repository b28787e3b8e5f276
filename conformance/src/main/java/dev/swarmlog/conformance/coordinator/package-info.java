/** A coordinator that does what a case says, and tells what agents and publishers send. */
@NullMarked
package dev.swarmlog.conformance.coordinator;

import org.jspecify.annotations.NullMarked;
