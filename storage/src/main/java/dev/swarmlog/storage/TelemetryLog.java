package dev.swarmlog.storage;

import dev.swarmlog.v1.PublishRecord;
import java.util.List;

/**
 * Telemetry of all swarms of a coordinator, in an instance of its own, so that a command's fsync
 * never writes telemetry.
 *
 * <p>One sequence per (swarm, publisher): increasing, not dense. Sequence numbers are reserved
 * durably in blocks, so that an unclean stop is a gap and never a reuse.
 *
 * <p><b>Threads.</b> {@link #append}, {@link #reopen}, {@link #sync} and {@link #close} belong to
 * the telemetry writer thread; {@link #readLatest} and {@link #writeOutBuffers} may be called from
 * any thread.
 */
public interface TelemetryLog extends AutoCloseable {

  /**
   * Appends records of one publisher. Not durable before the next {@link #sync}.
   *
   * @param loggedUnixNs the coordinator's clock
   * @return the operations as stored, with their sequence as operation ID
   */
  List<StoredOperation> append(
      String swarm, String publisher, List<PublishRecord> records, long loggedUnixNs);

  /**
   * Takes the log up again after an append that found no room. Its records may be there or not;
   * their sequences are not used again. Telemetry writer thread.
   *
   * @throws StorageException of kind {@code DISK_FULL} while there still is no room: readers go on,
   *     and this may be called again
   */
  void reopen();

  /** As {@link EventLog#writeOutBuffers}. */
  long writeOutBuffers(long roomBytes);

  /** Flushes to the device. Called at an interval. */
  void sync();

  /**
   * The last {@code maxOperations} operations of a swarm, oldest first, by time bucket and then
   * publisher and sequence.
   */
  List<StoredOperation> readLatest(String swarm, int maxOperations);

  /** Drops whole time buckets that ended before. */
  void dropBefore(long unixNs);

  @Override
  void close();
}
