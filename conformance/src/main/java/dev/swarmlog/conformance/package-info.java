/**
 * What every SDK must pass: a coordinator that follows a script, cases and vectors, and what runs
 * them against an SDK. It shares no code with any SDK and none with the coordinator.
 */
@NullMarked
package dev.swarmlog.conformance;

import org.jspecify.annotations.NullMarked;
