/** The in-memory form of the store, for tests and simulation. */
@NullMarked
package dev.swarmlog.storage.memory;

import org.jspecify.annotations.NullMarked;
