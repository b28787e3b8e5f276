/**
 * A shard's durable state: the event logs of its swarms, and everything that is derived from them.
 *
 * <p>{@link dev.swarmlog.storage.EventLog} is the way in. One writer thread applies entries and
 * makes them durable; any thread reads pages of what is durable. Nothing outside this module sees
 * RocksDB, and no iterator, snapshot or native handle leaves it.
 */
@NullMarked
package dev.swarmlog.storage;

import org.jspecify.annotations.NullMarked;
