package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import io.grpc.Status;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Publishes to a swarm: pipelined, in order per log, each publication exactly once as long as the
 * publisher lives. Thread-safe; never blocks unless {@link Overflow#BLOCK} asks for it.
 *
 * <p>Requests are numbered, and sent again under the same number after a broken stream until they
 * are answered, so a reconnect or a coordinator's restart neither loses nor doubles one. A
 * publication that is to survive the publisher's own crash needs an idempotency key and someone who
 * publishes it again.
 *
 * <p>A coordinator that takes nothing, five times in a row, is left alone for a while; then one
 * group is tried. Meanwhile publications wait in the queue, and {@link Overflow} holds when it is
 * full. {@link #state} and a {@link PublisherListener} tell.
 *
 * <p>Futures complete on the connection's executor, in the order of publishing per log. What can be
 * tried again is tried again first, for ever. They fail with {@link TerminalException} if the
 * coordinator refused this publication for good (the others are not affected), and with {@link
 * RetryableException} if the queue was full or the publisher was closed: then it is not in the log.
 * Where it may be there all the same they fail with {@link OutcomeUnknownException}.
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

  private final SwarmConnection connection;
  private final boolean ownsConnection;
  private final String swarm;
  private final Overflow overflow;
  private final Instruments instruments;
  private final Map<Log, QueueBound> bounds = new EnumMap<>(Log.class);
  private final Map<Log, PublisherMonitor> monitors = new EnumMap<>(Log.class);
  private final Map<Log, ProducerShell> producers = new EnumMap<>(Log.class);
  private final TelemetryShell telemetry;
  private final AtomicBoolean closed = new AtomicBoolean();

  SwarmPublisher(
      SwarmConnection connection,
      boolean ownsConnection,
      String swarm,
      String publisher,
      int maxQueuedGroups,
      long maxQueuedBytes,
      Overflow overflow,
      PublisherListener listener,
      Instruments instruments) {
    this.connection = connection;
    this.ownsConnection = ownsConnection;
    this.swarm = swarm;
    this.overflow = overflow;
    this.instruments = instruments;
    String producerId = connection.newIdentifier();
    SerialExecutor completions = new SerialExecutor(connection.executor());
    for (Log log : List.of(Log.LOG_MAIN, Log.LOG_CONTROL)) {
      QueueBound bound = new QueueBound(maxQueuedGroups, maxQueuedBytes, connection::nanoTime);
      bounds.put(log, bound);
      PublisherMonitor monitor =
          new PublisherMonitor(
              log,
              bound,
              connection.clock(),
              new PublisherLog(swarm, publisher, log, connection.target(), connection::nanoTime),
              listener,
              completions);
      monitors.put(log, monitor);
      producers.put(
          log,
          new ProducerShell(
              connection, swarm, publisher, producerId, log, bound, monitor, completions));
    }
    this.telemetry =
        new TelemetryShell(connection, swarm, publisher, maxQueuedGroups, maxQueuedBytes);
  }

  /**
   * Publishes one operation of `main` or `control`. The future completes when it is in the log and
   * durable.
   *
   * @throws IllegalArgumentException if the publication is telemetry
   */
  public CompletableFuture<Position> publish(Publication publication) {
    return publishGroup(List.of(publication)).thenApply(GroupPosition::last);
  }

  /**
   * Publishes operations of one log as a group: appended whole or not at all, delivered in one
   * frame, handled in one call.
   *
   * @param publications at least one, together within {@code Limits}; if any has an idempotency
   *     key, the first such key counts for the group
   * @throws IllegalArgumentException if there is none, or they belong to different logs
   */
  public CompletableFuture<GroupPosition> publishGroup(List<Publication> publications) {
    Log log = logOf(publications);
    PublishSpan span = PublishSpan.begin(instruments, publications);
    PublishGroup group = group(publications, span);
    CompletableFuture<GroupPosition> future = new CompletableFuture<>();
    int bytes = group.getSerializedSize();
    QueueBound bound = Objects.requireNonNull(bounds.get(log));
    if (!takeRoom(bound, bytes)) {
      SwarmlogException noRoom = noRoom(bound, state(log));
      span.failed(noRoom);
      future.completeExceptionally(noRoom);
      return future;
    }
    Objects.requireNonNull(producers.get(log))
        .publish(group, new ProducerShell.Pending(future, bytes, span));
    return future;
  }

  /**
   * Hands one record of telemetry over; never blocks and never fails. What becomes of it shows in
   * {@link #telemetryCounts()} only.
   *
   * @return false if it was dropped at once because the queue is full
   * @throws IllegalArgumentException if it is not telemetry
   */
  public boolean telemetry(Publication measurement) {
    if (measurement.log() != Log.LOG_TELEMETRY) {
      throw new IllegalArgumentException(
          "Expected a publication on TOPIC_TELEMETRY, but got one on %s: use publish"
              .formatted(measurement.record().getTopic()));
    }
    instruments.sent(measurement.record().getTopic());
    PublishRecord.Builder record = stamped(measurement);
    TraceContext.inject(record, Context.current());
    return telemetry.offer(record.build());
  }

  /** What became of the telemetry so far. */
  public TelemetryCounts telemetryCounts() {
    return telemetry.counts();
  }

  /**
   * Publications that wait for their answer, sent or not, over all logs; telemetry does not count.
   */
  public int pending() {
    return bounds.values().stream().mapToInt(QueueBound::groups).sum();
  }

  /**
   * How it fares now with a log: whether it sends, why not and until when, how much waits, and for
   * how long.
   *
   * @throws IllegalArgumentException unless the log is main or control
   */
  public PublisherState state(Log log) {
    PublisherMonitor monitor = monitors.get(log);
    if (monitor == null) {
      throw new IllegalArgumentException(
          "Expected the log main or control, but got " + Lanes.name(log) + ".");
    }
    return monitor.state();
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
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    bounds.values().forEach(QueueBound::close);
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    try {
      for (QueueBound bound : bounds.values()) {
        bound.awaitEmpty(Duration.ofNanos(deadlineNs - System.nanoTime()));
      }
      telemetry.close(Duration.ofNanos(Math.max(0, deadlineNs - System.nanoTime())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producers.values().forEach(ProducerShell::close);
    if (ownsConnection) {
      connection.close();
    }
  }

  private boolean takeRoom(QueueBound bound, int bytes) {
    if (overflow == Overflow.FAIL) {
      return bound.tryAcquire(bytes);
    }
    try {
      return bound.acquire(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private SwarmlogException noRoom(QueueBound bound, PublisherState state) {
    if (bound.isClosed()) {
      return Failure.local(
              Status.Code.CANCELLED, "Expected the publisher to be open, but it was closed")
          .toRetryable();
    }
    return new QueueFullException(
        Failure.local(
            Status.Code.RESOURCE_EXHAUSTED,
            "Expected room in the publisher's queue, but %d groups wait for their answer, the oldest for %s, %s: publish slower, or allow more by maxQueued, or have publish wait by Overflow.BLOCK"
                .formatted(
                    state.queuedGroups(),
                    Seconds.of(state.oldestWaited()),
                    state
                        .why()
                        .map(why -> "the last refusal is (" + why.getMessage() + ")")
                        .orElse(
                            "none was refused (a rate limit holds the stream first: ./swarmlog limits "
                                + swarm
                                + ")"))));
  }

  private PublishGroup group(List<Publication> publications, PublishSpan span) {
    PublishGroup.Builder group = PublishGroup.newBuilder();
    for (Publication publication : publications) {
      PublishRecord.Builder record = stamped(publication);
      span.stamp(record);
      group.addRecords(record);
      if (group.getIdempotencyKey().isEmpty()) {
        group.setIdempotencyKey(publication.idempotencyKey());
      }
    }
    return group.build();
  }

  private PublishRecord.Builder stamped(Publication publication) {
    return publication.record().toBuilder()
        .setPublishTimeUnixNano(AgentShell.unixNanos(connection.clock()));
  }

  private static Log logOf(List<Publication> publications) {
    if (publications.isEmpty()) {
      throw new IllegalArgumentException("Expected at least one publication, but got none");
    }
    Log log = publications.get(0).log();
    for (Publication publication : publications) {
      if (publication.log() != log || log == Log.LOG_TELEMETRY) {
        throw new IllegalArgumentException(
            "Expected publications of one log, main or control, but got %s and %s: publish them apart, and telemetry by telemetry()"
                .formatted(Lanes.name(log), Lanes.name(publication.log())));
      }
    }
    return log;
  }
}
