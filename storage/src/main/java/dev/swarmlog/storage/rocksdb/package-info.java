/**
 * The RocksDB form of the store, and the data directory it lies in.
 *
 * <p>{@link dev.swarmlog.storage.rocksdb.DataDirectory} is the way in. No native object leaves this
 * package.
 */
@NullMarked
package dev.swarmlog.storage.rocksdb;

import org.jspecify.annotations.NullMarked;
