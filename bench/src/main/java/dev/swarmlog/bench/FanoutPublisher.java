package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The publisher of one swarm. {@link #run} belongs to a thread of its own; answers come on a thread
 * of the SDK, one at a time.
 */
final class FanoutPublisher implements Runnable {

  private static final String TYPE = "bench";
  private static final String CONTENT_TYPE = "application/octet-stream";
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final FanoutWorkload workload;
  private final FanoutClock clock;
  private final SwarmPublisher publisher;
  private final List<FanoutAgent> agents;
  private final byte[] filling;
  private final Histogram ackUs = Latencies.histogram();

  private volatile @Nullable Thread thread;
  private volatile long published;
  private volatile @Nullable Throwable failure;

  // Guarded by this, as are the figures of ackUs.
  private long acknowledged;
  private long measuredCount;

  FanoutPublisher(
      FanoutWorkload workload,
      FanoutClock clock,
      SwarmPublisher publisher,
      List<FanoutAgent> agents,
      long seed) {
    this.workload = workload;
    this.clock = clock;
    this.publisher = publisher;
    this.agents = agents;
    this.filling = new byte[workload.payloadBytes()];
    new Random(seed).nextBytes(filling);
  }

  @Override
  public void run() {
    thread = Thread.currentThread();
    long beganNs = System.nanoTime();
    long next = 0;
    while (clock.publishing() && failure == null) {
      long dueNs;
      if (workload.ratePerSecond() > 0) {
        // Due at its time, whether or not the one before was held up: nothing is left out of the
        // figures.
        dueNs = beganNs + next * NANOS_PER_SECOND / workload.ratePerSecond();
        awaitTime(dueNs);
      } else {
        awaitRoom(next);
        dueNs = System.nanoTime();
      }
      if (clock.publishing()) {
        publish(next, dueNs);
        next++;
        published = next;
      }
    }
  }

  /** Called when an agent of the swarm has applied something. */
  void wake() {
    LockSupport.unpark(thread);
  }

  private void publish(long number, long dueNs) {
    ByteString data = Stamp.payload(filling, number, dueNs);
    Payload payload = Payloads.bytes(TYPE, CONTENT_TYPE, data);
    Publication publication =
        workload.keyed()
            ? Publication.keyed(
                Topic.TOPIC_COMMANDS, Targets.all(), "key-" + number % FanoutWorkload.KEYS, payload)
            : Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), payload);
    var unused =
        publisher
            .publish(publication)
            .whenComplete((position, thrown) -> answered(dueNs, position, thrown));
  }

  private synchronized void answered(
      long dueNs, @Nullable Position position, @Nullable Throwable thrown) {
    if (position == null) {
      failure = thrown;
      return;
    }
    acknowledged++;
    if (clock.measuring()) {
      measuredCount++;
      Latencies.record(ackUs, TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - dueNs));
    }
  }

  private void awaitRoom(long next) {
    while (next - slowest() >= workload.window() && clock.publishing()) {
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  private void awaitTime(long dueNs) {
    long leftNs = dueNs - System.nanoTime();
    while (leftNs > 0 && clock.publishing()) {
      LockSupport.parkNanos(this, leftNs);
      leftNs = dueNs - System.nanoTime();
    }
  }

  private long slowest() {
    long slowest = Long.MAX_VALUE;
    for (FanoutAgent agent : agents) {
      slowest = Math.min(slowest, agent.applied());
    }
    return slowest;
  }

  /** Whether every agent has applied, and the coordinator acknowledged, all that was published. */
  synchronized boolean settled() {
    return acknowledged == published && slowest() >= published;
  }

  long published() {
    return published;
  }

  /** Why it could not go on; null if it could. */
  @Nullable Throwable failure() {
    return failure;
  }

  /** Acknowledged while measuring. To be read once settled. */
  synchronized long measuredCount() {
    return measuredCount;
  }

  Histogram ackUs() {
    return ackUs;
  }
}
