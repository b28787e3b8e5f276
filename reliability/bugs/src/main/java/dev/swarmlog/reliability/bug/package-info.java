/**
 * Bugs that are put into a coordinator or an agent on purpose: a test that does not find them is no
 * test. {@link dev.swarmlog.reliability.bug.SeededBug} lists them.
 *
 * <p>Each lies at a seam that is there anyway, so that the code that serves people knows nothing of
 * it: around the event log of a shard ({@code StoreLayers}), or around the cursor store of an
 * agent.
 */
@NullMarked
package dev.swarmlog.reliability.bug;

import org.jspecify.annotations.NullMarked;
