/**
 * The seam between what is stored and where: ordered rows in families, one atomic write at a time.
 *
 * <p>{@link dev.swarmlog.storage.kv.KeyValueStore} has a RocksDB form and an in-memory form. Apply,
 * readers and codecs are written once, over it.
 */
@NullMarked
package dev.swarmlog.storage.kv;

import org.jspecify.annotations.NullMarked;
