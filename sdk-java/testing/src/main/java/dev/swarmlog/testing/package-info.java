/**
 * A coordinator for tests: {@link dev.swarmlog.testing.SwarmlogServerExtension} runs one inside the
 * test's own process, on a port of its own.
 */
@NullMarked
package dev.swarmlog.testing;

import org.jspecify.annotations.NullMarked;
