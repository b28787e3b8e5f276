package dev.swarmlog.storage.rocksdb;

import org.rocksdb.Env;
import org.rocksdb.LRUCache;
import org.rocksdb.Priority;
import org.rocksdb.RateLimiter;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * What all RocksDB instances of a process share: block cache, memory for write buffers, rate of
 * background writes.
 *
 * <p>Closed after the last store that uses it.
 */
final class SharedResources implements AutoCloseable {

  static {
    RocksDB.loadLibrary();
    // Compactions take the processor time that nobody else wants: neither a start nor a publisher.
    Env.getDefault().lowerThreadPoolCPUPriority(Priority.LOW);
  }

  final LRUCache blockCache;
  final WriteBufferManager writeBuffers;
  final RateLimiter rateLimiter;

  /** What one instance may have in write buffers before it flushes. */
  final long writeBufferBytes;

  SharedResources(StorageOptions options) {
    blockCache = new LRUCache(options.blockCacheBytes());
    writeBuffers = new WriteBufferManager(options.writeBufferBytes(), blockCache);
    rateLimiter = new RateLimiter(options.backgroundBytesPerSecond());
    writeBufferBytes = options.writeBufferBytes();
  }

  @Override
  public void close() {
    rateLimiter.close();
    writeBuffers.close();
    blockCache.close();
  }
}
