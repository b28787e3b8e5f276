/**
 * The event log over a key-value store: apply on the writer's side, bounded pages on the readers'
 * side.
 *
 * <p>{@link dev.swarmlog.storage.eventlog.KeyValueEventLog} is the way in; {@link
 * dev.swarmlog.storage.eventlog.Keys} draws every row. An entry goes {@code EntryApplier ->
 * Producers, IdempotencyKeys, Appender -> Changes}, and everything it changes leaves as one write
 * set. Readers share nothing with the writer but the store and {@link
 * dev.swarmlog.storage.eventlog.PublishedSwarms}.
 */
@NullMarked
package dev.swarmlog.storage.eventlog;

import org.jspecify.annotations.NullMarked;
