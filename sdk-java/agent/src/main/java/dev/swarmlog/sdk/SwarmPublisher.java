package dev.swarmlog.sdk;

import dev.swarmlog.v1.Position;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Publishes to a swarm: pipelined, in order per log, each publication exactly once as long as the
 * publisher lives. Thread-safe; never blocks unless {@link Overflow#BLOCK} asks for it.
 *
 * <p>Requests are numbered, and sent again under the same number after a broken stream until they
 * are answered, so a reconnect or a coordinator's restart neither loses nor doubles one. A
 * publication that is to survive the publisher's own crash needs an idempotency key and someone who
 * publishes it again.
 *
 * <p>Futures complete on the connection's executor, in the order of publishing per log. They fail
 * with {@link TerminalException} if the coordinator refused this publication for good (the others
 * are not affected), or with {@link RetryableException} if it was never sent; what can be tried
 * again is tried again before that, for ever.
 */
public final class SwarmPublisher implements AutoCloseable {

  /** A publisher with a connection of its own to "host:port". */
  public static SwarmPublisherBuilder builder(String target, String swarm, String publisher) {
    return new SwarmPublisherBuilder(target, swarm, publisher);
  }

  /** A publisher over a shared connection, which closing the publisher leaves open. */
  public static SwarmPublisherBuilder builder(
      SwarmConnection connection, String swarm, String publisher) {
    return new SwarmPublisherBuilder(connection, swarm, publisher);
  }

  private SwarmPublisher() {}

  /**
   * Publishes one operation of `main` or `control`. The future completes when it is in the log and
   * durable.
   *
   * @throws IllegalArgumentException if the publication is telemetry
   */
  public CompletableFuture<Position> publish(Publication publication) {
    throw new UnsupportedOperationException();
  }

  /**
   * Publishes operations of one log as a group: appended whole or not at all, delivered in one
   * frame, handled in one call.
   *
   * @param publications at least one, together within {@code Limits}; if any has an idempotency
   *     key, the first one's counts for the group
   * @throws IllegalArgumentException if there is none, or they belong to different logs
   */
  public CompletableFuture<GroupPosition> publishGroup(List<Publication> publications) {
    throw new UnsupportedOperationException();
  }

  /**
   * Hands one record of telemetry over; never blocks and never fails. What becomes of it shows in
   * {@link #telemetryCounts()} only.
   *
   * @return false if it was dropped at once because the queue is full
   */
  public boolean telemetry(Publication measurement) {
    throw new UnsupportedOperationException();
  }

  /** What became of the telemetry so far. */
  public TelemetryCounts telemetryCounts() {
    throw new UnsupportedOperationException();
  }

  /** Publications that wait for their answer, sent or not, over all logs. */
  public int pending() {
    throw new UnsupportedOperationException();
  }

  /**
   * Takes nothing more, waits at most 10 seconds for answers, fails what is left, and ends the
   * streams.
   */
  @Override
  public void close() {
    close(Duration.ofSeconds(10));
  }

  /** As {@link #close()}, waiting at most this long. */
  public void close(Duration timeout) {
    throw new UnsupportedOperationException();
  }
}
