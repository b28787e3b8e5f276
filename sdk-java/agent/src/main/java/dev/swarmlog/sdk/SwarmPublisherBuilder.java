package dev.swarmlog.sdk;

import io.opentelemetry.api.OpenTelemetry;
import org.jspecify.annotations.Nullable;

/** Settings of a {@link SwarmPublisher}. Not thread-safe. */
public final class SwarmPublisherBuilder {
  static final int MAX_QUEUED_GROUPS = ContractConduct.PUBLISHER.getMaxQueuedGroups();
  static final long MAX_QUEUED_BYTES = ContractConduct.PUBLISHER.getMaxQueuedBytes();

  private final String target;
  private final String swarm;
  private final String publisher;
  private @Nullable SwarmConnection connection;
  private @Nullable TransportSecurity security;
  private int maxQueuedGroups = MAX_QUEUED_GROUPS;
  private long maxQueuedBytes = MAX_QUEUED_BYTES;
  private Overflow overflow = Overflow.FAIL;
  private PublisherListener listener = new PublisherListener() {};
  private @Nullable OpenTelemetry openTelemetry;

  SwarmPublisherBuilder(String target, String swarm, String publisher) {
    this.target = Arguments.given(target, "\"host:port\" of a coordinator");
    this.swarm = Arguments.given(swarm, "the name of a swarm");
    this.publisher = Arguments.given(publisher, "the name of a publisher");
  }

  SwarmPublisherBuilder(SwarmConnection connection, String swarm, String publisher) {
    this("", swarm, publisher);
    this.connection = Arguments.given(connection, "a connection");
  }

  /**
   * How the publisher's own connection is secured; see {@link SwarmConnection.Builder#security}.
   */
  public SwarmPublisherBuilder security(TransportSecurity security) {
    if (connection != null) {
      throw new IllegalStateException(
          "Expected security to be set where the connection is made, but the publisher was given a connection");
    }
    this.security = Arguments.given(security, "how to secure the connection");
    return this;
  }

  /**
   * How much may wait for its answer, sent or not, per log; telemetry has a queue of its own of the
   * same size. Default: 10,000 groups, 32 MiB.
   *
   * @param groups at least 1
   * @param bytes at least 1; a single group may be larger
   * @throws IllegalArgumentException if one of them is less
   */
  public SwarmPublisherBuilder maxQueued(int groups, long bytes) {
    QueueBound.check(groups, bytes);
    this.maxQueuedGroups = groups;
    this.maxQueuedBytes = bytes;
    return this;
  }

  /** What happens when the queue is full. Default: {@link Overflow#FAIL}. */
  public SwarmPublisherBuilder overflow(Overflow overflow) {
    this.overflow = Arguments.given(overflow, "what to do when the queue is full");
    return this;
  }

  /** Who is told how the publisher fares. Default: nobody. */
  public SwarmPublisherBuilder listener(PublisherListener listener) {
    this.listener = Arguments.given(listener, "a listener");
    return this;
  }

  /**
   * Where spans and metrics of the publisher go. Default: {@code GlobalOpenTelemetry}, if the
   * application has set it by the time the publisher is started; else nowhere.
   *
   * <p>Each group is a span {@code publish TOPIC}, from the call to its answer, and its context
   * goes into the operations: so agents, in whatever process, go on with the same trace. It is
   * sampled as the application's sampler says.
   */
  public SwarmPublisherBuilder openTelemetry(OpenTelemetry openTelemetry) {
    this.openTelemetry = Arguments.given(openTelemetry, "an OpenTelemetry");
    return this;
  }

  /** Starts the publisher; connects when something is published. */
  public SwarmPublisher start() {
    SwarmConnection used = connection;
    if (used == null) {
      SwarmConnection.Builder builder = SwarmConnection.builder(target);
      used = (security == null ? builder : builder.security(security)).build();
    }
    return new SwarmPublisher(
        used,
        connection == null,
        swarm,
        publisher,
        maxQueuedGroups,
        maxQueuedBytes,
        overflow,
        listener,
        new Instruments(Instruments.orGlobal(openTelemetry), swarm, publisher));
  }
}
