package dev.swarmlog.reliability.simulation;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The wall clock of a client. Never says the same twice, so that an operation can be known by when
 * it was published.
 */
final class StampClock implements InstantSource {

  private final LongSupplier unixNs;
  private final ArrayDeque<Long> next = new ArrayDeque<>();
  private long last;

  StampClock(LongSupplier unixNs) {
    this.unixNs = unixNs;
  }

  /** The next so many readings, which are taken at once. */
  List<Long> next(int count) {
    List<Long> readings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readings.add(read());
    }
    next.addAll(readings);
    return readings;
  }

  private long read() {
    last = Math.max(last + 1, unixNs.getAsLong());
    return last;
  }

  @Override
  public Instant instant() {
    Long reading = next.poll();
    long ns = reading == null ? read() : reading;
    return Instant.ofEpochSecond(ns / 1_000_000_000L, ns % 1_000_000_000L);
  }
}
