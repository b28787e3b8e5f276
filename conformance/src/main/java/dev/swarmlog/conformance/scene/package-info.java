/** What the parts of a running case share: one lock, and waiting for something to become so. */
@NullMarked
package dev.swarmlog.conformance.scene;

import org.jspecify.annotations.NullMarked;
