/** What was found of a damaged store, and what became of it. */
@NullMarked
package dev.swarmlog.storage.repair;

import org.jspecify.annotations.NullMarked;
