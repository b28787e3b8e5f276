package dev.swarmlog.server.path;

import dev.swarmlog.otel.Metric;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Readers;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.ScrubPoint;
import dev.swarmlog.storage.ScrubStep;
import io.opentelemetry.api.metrics.LongCounter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Reads all that is stored in the background, shard after shard and pass after pass, so that damage
 * is found before somebody needs what is damaged.
 *
 * <p>{@link #lookAround} belongs to housekeeping and does not block; what is read is read by the
 * readers, one step at a time. What has been found is told by an error in the log, a metric and the
 * state of the shard; the coordinator goes on serving what can be read.
 */
@Singleton
final class Scrubbing {

  /** What one step reads at most; there is one a second. */
  static final int BYTES_PER_STEP = 8 << 20;

  private static final Logger logger = LoggerFactory.getLogger(Scrubbing.class);
  private static final double BYTES_PER_MIB = 1 << 20;

  private final List<EventLog> logs;
  private final Executor readers;
  private final TimeSource time;
  private final Duration interval;
  private final LongCounter damage;
  private final AtomicBoolean reading = new AtomicBoolean();

  /** Shards in which damage was found since the start. */
  private final Set<Integer> damaged = ConcurrentHashMap.newKeySet();

  // Of who has taken the flag: each sees what the one before left.
  private int shard;
  private ScrubPoint point = ScrubPoint.START;
  private boolean passUnderWay;
  private long nextPassNs;
  private long passBytes;
  private int passDamage;

  @Inject
  Scrubbing(
      Shards shards,
      @Readers Executor readers,
      TimeSource time,
      ServerConfiguration configuration,
      Instruments instruments) {
    this(
        shards.all().stream().map(Shard::log).toList(),
        readers,
        time,
        configuration.inMemory() ? Duration.ZERO : configuration.scrubInterval(),
        instruments.meters().counter(Metric.SCRUB_DAMAGE));
  }

  /**
   * A scrub of some logs.
   *
   * @param interval from the beginning of one pass to that of the next; 0 for none
   */
  Scrubbing(
      List<EventLog> logs,
      Executor readers,
      TimeSource time,
      Duration interval,
      LongCounter damage) {
    this.logs = List.copyOf(logs);
    this.readers = readers;
    this.time = time;
    this.interval = interval;
    this.damage = damage;
    this.nextPassNs = time.monotonicNs();
    // So that an alert sees the first one.
    damage.add(0);
  }

  /** What is due once a second. */
  void lookAround() {
    if (interval.isZero() || !reading.compareAndSet(false, true)) {
      return;
    }
    if (!isDue()) {
      reading.set(false);
      return;
    }
    try {
      readers.execute(this::readOn);
    } catch (RejectedExecutionException e) {
      // They are busy, or the coordinator stops: there is no hurry.
      reading.set(false);
    }
  }

  /** Whether damage was found in a shard since the start. Any thread. */
  boolean isDamaged(int index) {
    return damaged.contains(index);
  }

  private boolean isDue() {
    long nowNs = time.monotonicNs();
    if (!passUnderWay && nowNs - nextPassNs < 0) {
      return false;
    }
    if (!passUnderWay) {
      passUnderWay = true;
      nextPassNs = nowNs + interval.toNanos();
    }
    return true;
  }

  private void readOn() {
    try {
      step();
    } catch (RuntimeException e) {
      // Whoever needs what cannot be read is told, and the next step tries again.
      logger.warn("Expected a scrub of shard {} to read on, but: {}", shard, e.getMessage());
    } finally {
      reading.set(false);
    }
  }

  private void step() {
    ScrubStep step = logs.get(shard).scrub(point, BYTES_PER_STEP);
    passBytes += step.bytes();
    step.damage().ifPresent(this::found);
    Optional<ScrubPoint> next = step.next();
    if (next.isPresent()) {
      point = next.get();
      return;
    }
    point = ScrubPoint.START;
    shard++;
    if (shard == logs.size()) {
      endPass();
    }
  }

  private void found(String what) {
    passDamage++;
    damage.add(1);
    damaged.add(shard);
    logger.error(
        "Shard {} is damaged: {} A repair ends a log before its first operation that is lost, whatever is published behind it. Stop the coordinator: `swarmlog verify` says what is lost.",
        shard,
        what);
  }

  private void endPass() {
    logger
        .atLevel(passDamage == 0 ? Level.INFO : Level.ERROR)
        .log(
            "Scrubbed all shards, {} MiB: {}",
            "%.1f".formatted(passBytes / BYTES_PER_MIB),
            passDamage == 0 ? "nothing is damaged" : "places that are damaged: " + passDamage);
    shard = 0;
    passUnderWay = false;
    passBytes = 0;
    passDamage = 0;
  }
}
