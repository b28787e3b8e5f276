package dev.swarmlog.server.path.admit;

import io.github.bucket4j.TimeMeter;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of one limit, of operations and of bytes. Not thread-safe: they belong to the lock of
 * their {@link SwarmGate}.
 */
final class Tokens {

  private final TimeMeter meter;
  private @Nullable TokenBucket operations;
  private @Nullable TokenBucket bytes;

  Tokens(Terms terms, TimeMeter meter) {
    this.meter = meter;
    change(terms);
  }

  /** Goes on by other terms; what was not limited before begins with a full bucket. */
  void change(Terms terms) {
    operations = changed(operations, terms.operations());
    bytes = changed(bytes, terms.bytes());
  }

  private @Nullable TokenBucket changed(@Nullable TokenBucket bucket, @Nullable Rate rate) {
    if (rate == null) {
      return null;
    }
    if (bucket == null) {
      return new TokenBucket(rate, meter);
    }
    bucket.change(rate);
    return bucket;
  }

  @Nullable TokenBucket operations() {
    return operations;
  }

  @Nullable TokenBucket bytes() {
    return bytes;
  }

  /** In what time there are as many of both; 0 for now. */
  long waitNs(long operationsWanted, long bytesWanted) {
    return Math.max(
        operations == null ? 0 : operations.waitNs(operationsWanted),
        bytes == null ? 0 : bytes.waitNs(bytesWanted));
  }

  /** Takes what is there. */
  void take(long operationsWanted, long bytesWanted) {
    if (operations != null) {
      operations.take(operationsWanted);
    }
    if (bytes != null) {
      bytes.take(bytesWanted);
    }
  }

  /** Whether nobody could tell them from new ones. */
  boolean full() {
    return (operations == null || operations.full()) && (bytes == null || bytes.full());
  }
}
