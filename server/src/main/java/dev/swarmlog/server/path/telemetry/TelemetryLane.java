package dev.swarmlog.server.path.telemetry;

import dev.swarmlog.server.TimeSource;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.TelemetryDelivery;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reader's cursor into the telemetry of a swarm. A reader that is too slow misses the oldest, and
 * is told how many.
 *
 * <p>{@link #wake} and {@link #close} may be called from any thread; the rest belongs to the lane's
 * serial executor.
 */
final class TelemetryLane implements TelemetrySubscription {

  private static final Logger logger = LoggerFactory.getLogger(TelemetryLane.class);

  private final TelemetryTail tail;
  private final View view;
  private final Executor executor;
  private final BooleanSupplier isReady;
  private final Consumer<TelemetryDelivery> sink;
  private final LongConsumer handedOut;
  private final long maxDeliveryBytes;
  private final Consumer<TelemetryLane> closer;
  private final TimeSource time;
  private final AtomicBoolean pumpScheduled = new AtomicBoolean();
  private volatile boolean closed;

  // Set before the lane is shared, then owned by the executor.
  private long seenIndex;
  // Of the scopes that the view names.
  private Map<Scope, Long> seenOrdinals = new HashMap<>();

  /** Dropped since the last delivery, which is not told yet. */
  private long dropped;

  /**
   * A cursor that sends nothing before its first {@link #wake}.
   *
   * @param handedOut told with each delivery how long ago its oldest operation was stored, in
   *     nanoseconds
   */
  TelemetryLane(
      TelemetryTail tail,
      View view,
      Executor executor,
      BooleanSupplier isReady,
      Consumer<TelemetryDelivery> sink,
      LongConsumer handedOut,
      long maxDeliveryBytes,
      Consumer<TelemetryLane> closer,
      TimeSource time) {
    this.tail = tail;
    this.view = view;
    this.executor = executor;
    this.isReady = isReady;
    this.sink = sink;
    this.handedOut = handedOut;
    this.maxDeliveryBytes = maxDeliveryBytes;
    this.closer = closer;
    this.time = time;
  }

  View view() {
    return view;
  }

  void startAfter(long index, Map<Scope, Long> ordinals) {
    seenIndex = index;
    seenOrdinals = ordinals;
  }

  @Override
  public void wake() {
    if (!closed && pumpScheduled.compareAndSet(false, true)) {
      try {
        executor.execute(
            () -> {
              pumpScheduled.set(false);
              pump();
            });
      } catch (RejectedExecutionException e) {
        logger.debug("A lane's step came after the shutdown of its executor.", e);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    closer.accept(this);
  }

  /** Sends one delivery, and lets others go on that share its thread before it sends another. */
  private void pump() {
    if (!closed && isReady.getAsBoolean()) {
      List<TelemetryTail.Recent> found = tail.after(seenIndex, view, maxDeliveryBytes);
      if (found.isEmpty()) {
        return;
      }
      TelemetryDelivery.Builder delivery = TelemetryDelivery.newBuilder();
      long nowUnixNs = time.unixNs();
      long oldestStoredNs = 0;
      for (TelemetryTail.Recent next : found) {
        if (next.operation().isExpired(nowUnixNs)) {
          dropped++;
        } else {
          if (delivery.getOperationsCount() == 0) {
            oldestStoredNs = next.storedNs();
          }
          delivery.addOperations(next.operation().toProto());
        }
        dropped += missedBefore(next);
        seenIndex = next.index();
      }
      if (delivery.getOperationsCount() > 0) {
        handedOut.accept(time.monotonicNs() - oldestStoredNs);
        sink.accept(delivery.setDroppedCount(dropped).build());
        dropped = 0;
      }
      wake();
    }
  }

  /** How many that the view sees made way between what was seen last and this. */
  private long missedBefore(TelemetryTail.Recent next) {
    if (view.all()) {
      return next.index() - seenIndex - 1;
    }
    Long seen = seenOrdinals.put(next.operation().scope(), next.scopeOrdinal());
    return next.scopeOrdinal() - (seen == null ? 0 : seen) - 1;
  }
}
