package dev.swarmlog.bench;

import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Publishes {@link MixedOperations} to many swarms from several threads, as fast as it goes.
 * Belongs to one thread, but for what says otherwise.
 */
final class MixedLoad implements AutoCloseable {

  private static final int GROUP_OPERATIONS = 100;
  private static final int MAX_GROUPS_IN_FLIGHT = 16;
  private static final int THREADS = 4;

  private final SwarmConnection connection;
  private final int swarms;
  private final MixedOperations operations;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final AtomicLong acknowledged = new AtomicLong();

  /** When the first answer came since it was asked for; 0 as long as none has. */
  private final AtomicLong firstAckNs = new AtomicLong();

  private volatile boolean ended;

  MixedLoad(String target, int swarms, int payloadBytes) {
    this.connection = SwarmConnection.to(target);
    this.swarms = swarms;
    this.operations = new MixedOperations(swarms, payloadBytes);
  }

  /** Answered so far, in operations. May be called from any thread. */
  long acknowledged() {
    return acknowledged.get();
  }

  /** Publishes as many to each swarm, so many together, and waits until all are durable. */
  void fill(long count) throws Exception {
    ended = false;
    long each = Math.max(1, count / swarms);
    List<Future<?>> filling = new ArrayList<>();
    for (int i = 0; i < swarms; i++) {
      int swarm = i;
      filling.add(threads.submit(() -> publish(swarm, each)));
    }
    for (Future<?> filled : filling) {
      filled.get();
    }
  }

  /**
   * Goes on publishing until {@link #end}, as fast as it goes, each thread to a swarm of its own.
   */
  List<Future<?>> begin() {
    ended = false;
    List<Future<?>> loads = new ArrayList<>();
    for (int i = 0; i < Math.min(THREADS, swarms); i++) {
      int swarm = i;
      loads.add(threads.submit(() -> publish(swarm, Long.MAX_VALUE)));
    }
    return loads;
  }

  /** Publishes nothing more; what is on its way is still tried again until it is answered. */
  void end() {
    ended = true;
  }

  /** From now on the first answer is looked out for. */
  void awaitFirstAck() {
    firstAckNs.set(0);
  }

  /** When it came; 0 if it has not. */
  long firstAckNs() {
    return firstAckNs.get();
  }

  private void publish(int swarm, long count) {
    Semaphore inFlight = new Semaphore(MAX_GROUPS_IN_FLIGHT);
    try (SwarmPublisher publisher =
        SwarmPublisher.builder(connection, MixedOperations.swarm(swarm), "load").start()) {
      for (long left = count; left > 0 && !ended; left -= GROUP_OPERATIONS) {
        List<Publication> group = operations.group(swarm, (int) Math.min(GROUP_OPERATIONS, left));
        inFlight.acquireUninterruptibly();
        var unused =
            publisher
                .publishGroup(group)
                .whenComplete(
                    (position, failure) -> {
                      if (failure == null) {
                        answered(group.size());
                      }
                      inFlight.release();
                    });
      }
      inFlight.acquireUninterruptibly(MAX_GROUPS_IN_FLIGHT);
    } catch (CompletionException e) {
      throw new IllegalStateException("Expected to publish to " + MixedOperations.swarm(swarm), e);
    }
  }

  private void answered(int count) {
    acknowledged.addAndGet(count);
    firstAckNs.compareAndSet(0, System.nanoTime());
  }

  @Override
  public void close() {
    ended = true;
    threads.shutdownNow();
    connection.close();
  }
}
