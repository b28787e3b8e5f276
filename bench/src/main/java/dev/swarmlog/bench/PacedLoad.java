package dev.swarmlog.bench;

import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Publishes groups at times fixed beforehand, to all swarms in turns, and notes when each was due
 * and when its ack came: one that is held up by the one before counts from when it was due. Used by
 * one thread.
 */
final class PacedLoad implements AutoCloseable {

  static final int GROUP_OPERATIONS = 10;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final SwarmConnection connection;
  private final MixedOperations operations;
  private final List<SwarmPublisher> publishers = new ArrayList<>();
  private final Queue<Ack> acks = new ConcurrentLinkedQueue<>();
  private final AtomicLong unanswered = new AtomicLong();

  /** When a group was due and when it was acknowledged, by {@link System#nanoTime}. */
  record Ack(long dueNs, long ackNs) {}

  PacedLoad(String target, int swarms, int payloadBytes) {
    this.connection = SwarmConnection.to(target);
    this.operations = new MixedOperations(swarms, payloadBytes);
    for (int i = 0; i < swarms; i++) {
      publishers.add(SwarmPublisher.builder(connection, MixedOperations.swarm(i), "paced").start());
    }
  }

  /** Publishes so many operations per second for that long, and waits for the answers. */
  List<Ack> run(int operationsPerSecond, Duration duration) {
    long intervalNs = NANOS_PER_SECOND * GROUP_OPERATIONS / operationsPerSecond;
    long groups = duration.toNanos() / intervalNs;
    long beganNs = System.nanoTime();
    for (long i = 0; i < groups; i++) {
      long dueNs = beganNs + i * intervalNs;
      for (long leftNs = intervalNs; leftNs > 0; leftNs = dueNs - System.nanoTime()) {
        LockSupport.parkNanos(Math.max(0, dueNs - System.nanoTime()));
      }
      publish((int) (i % publishers.size()), dueNs);
    }
    while (unanswered.get() > 0) {
      LockSupport.parkNanos(intervalNs);
    }
    return List.copyOf(acks);
  }

  private void publish(int swarm, long dueNs) {
    List<Publication> group = operations.group(swarm, GROUP_OPERATIONS);
    unanswered.incrementAndGet();
    var unused =
        publishers
            .get(swarm)
            .publishGroup(group)
            .whenComplete(
                (position, failure) -> {
                  if (failure == null) {
                    acks.add(new Ack(dueNs, System.nanoTime()));
                  }
                  unanswered.decrementAndGet();
                });
  }

  @Override
  public void close() {
    publishers.forEach(SwarmPublisher::close);
    connection.close();
  }
}
