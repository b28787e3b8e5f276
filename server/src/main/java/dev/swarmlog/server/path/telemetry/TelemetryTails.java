package dev.swarmlog.server.path.telemetry;

import dev.swarmlog.server.Limits;
import dev.swarmlog.storage.StoredOperation;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * The tails of all swarms that have readers, bounded in bytes together: beyond that, each has to do
 * with an equal part.
 *
 * <p>Readers come and go on any thread; {@link #append} belongs to the telemetry writer. So the sum
 * exceeds its bound by one batch at most.
 */
final class TelemetryTails {

  private final Map<String, TelemetryTail> tails = new ConcurrentHashMap<>();
  private final AtomicLong heldBytes = new AtomicLong();
  private final Limits limits;

  TelemetryTails(Limits limits) {
    this.limits = limits;
  }

  /** Adds a reader, which is made for the tail of its swarm. */
  TelemetryLane join(String swarm, Function<TelemetryTail, TelemetryLane> made) {
    TelemetryLane[] lane = new TelemetryLane[1];
    // Inside compute, so that a tail is never dropped between being found and being joined.
    tails.compute(
        swarm,
        (name, existing) -> {
          TelemetryTail tail = existing != null ? existing : newTail();
          lane[0] = made.apply(tail);
          tail.add(lane[0]);
          return tail;
        });
    return lane[0];
  }

  /** Removes a reader, and with the last one the tail. */
  void leave(String swarm, TelemetryLane lane) {
    tails.computeIfPresent(swarm, (name, tail) -> tail.remove(lane) ? tail : null);
  }

  /**
   * Hands what is stored to the readers of the swarm.
   *
   * @param storedNs when that was, on the monotonic clock
   */
  void append(String swarm, List<StoredOperation> operations, long storedNs) {
    TelemetryTail tail = tails.get(swarm);
    if (tail == null) {
      return;
    }
    List<TelemetryLane> readers = tail.append(operations, storedNs);
    if (heldBytes.get() > limits.maxTelemetryBytesPerCoordinator()) {
      long part = limits.maxTelemetryBytesPerCoordinator() / Math.max(1, tails.size());
      tail.shrink(part);
      if (heldBytes.get() > limits.maxTelemetryBytesPerCoordinator()) {
        // Once only for as long as no further swarm is read: then no tail holds more than its part.
        tails.values().forEach(other -> other.shrink(part));
      }
    }
    readers.forEach(TelemetryLane::wake);
  }

  /** Bytes held by all tails. */
  long heldBytes() {
    return heldBytes.get();
  }

  private TelemetryTail newTail() {
    return new TelemetryTail(
        limits.maxTelemetryRecordsPerReader(), limits.maxTelemetryBytesPerReader(), heldBytes);
  }
}
