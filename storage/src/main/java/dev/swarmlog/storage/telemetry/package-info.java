/** Telemetry over a key-value store: time buckets, written and dropped as a whole. */
@NullMarked
package dev.swarmlog.storage.telemetry;

import org.jspecify.annotations.NullMarked;
