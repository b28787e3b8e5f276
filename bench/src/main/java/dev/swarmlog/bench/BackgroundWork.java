package dev.swarmlog.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * When a coordinator's RocksDB flushed and compacted, by how long its threads ran in each slice of
 * time; and when its logs were being compacted, as whoever asked for that has said. A thread of its
 * own looks; any thread may ask.
 */
final class BackgroundWork implements AutoCloseable {

  /** What went on while an operation waited for its ack. */
  enum Kind {
    NOTHING,
    FLUSH,
    STORE_COMPACTION,
    LOG_COMPACTION
  }

  private static final long SLICE_NS = TimeUnit.MILLISECONDS.toNanos(20);

  /** A thread that has run so much of a slice was at work in it. */
  private static final long AT_WORK_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private final List<Path> flushing;
  private final List<Path> compacting;
  private final NavigableMap<Long, Kind> sliceStarts = new ConcurrentSkipListMap<>();
  private final Thread looking;
  private volatile boolean closed;
  private volatile boolean logCompaction;

  BackgroundWork(ProcessIo process) throws IOException {
    this.flushing = process.threads("rocksdb:high");
    this.compacting = process.threads("rocksdb:low");
    this.looking = new Thread(this::look, "background work");
    looking.setDaemon(true);
    looking.start();
  }

  /** Whether logs are being compacted from now on. */
  void compactingLogs(boolean now) {
    logCompaction = now;
  }

  /**
   * The heaviest that went on in an interval: a compaction of a log, of the store, a flush, or
   * nothing of these.
   */
  Kind during(long fromNs, long toNs) {
    Long first = sliceStarts.floorKey(fromNs);
    NavigableMap<Long, Kind> slices =
        new TreeMap<>(sliceStarts.subMap(first == null ? fromNs : first, true, toNs, true));
    return slices.values().stream().max(Kind::compareTo).orElse(Kind.NOTHING);
  }

  /** How much of the time each kind took, in slices. */
  Map<Kind, Long> slices() {
    Map<Kind, Long> counts = new TreeMap<>();
    sliceStarts.values().forEach(kind -> counts.merge(kind, 1L, Long::sum));
    return counts;
  }

  private void look() {
    try {
      long flushNs = ProcessIo.runNs(flushing);
      long compactNs = ProcessIo.runNs(compacting);
      while (!closed) {
        long startNs = System.nanoTime();
        LockSupport.parkNanos(SLICE_NS);
        long flushedNs = ProcessIo.runNs(flushing);
        long compactedNs = ProcessIo.runNs(compacting);
        sliceStarts.put(startNs, kind(flushedNs - flushNs, compactedNs - compactNs));
        flushNs = flushedNs;
        compactNs = compactedNs;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Expected to read how long the coordinator's threads ran", e);
    }
  }

  private Kind kind(long flushedNs, long compactedNs) {
    if (logCompaction) {
      return Kind.LOG_COMPACTION;
    }
    if (compactedNs >= AT_WORK_NS) {
      return Kind.STORE_COMPACTION;
    }
    return flushedNs >= AT_WORK_NS ? Kind.FLUSH : Kind.NOTHING;
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    looking.join();
  }
}
