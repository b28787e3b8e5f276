package dev.swarmlog.sdk;

import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import java.time.InstantSource;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a coordinator, with the threads, clock and randomness of whatever uses it.
 *
 * <p>The norm is one connection per agent, made by the agent itself and shared with its publisher.
 * Make one to share it between agents of a process, or to give many connections one executor and
 * one timer. Thread-safe.
 *
 * <p>Threads: gRPC's network threads only move frames; handlers, listeners and completions of
 * futures run on the executor; the timer thread only starts things. All of them are daemon threads.
 */
public final class SwarmConnection implements AutoCloseable {
  // A delivery may be as large as the largest group. Well above what a coordinator allows by
  // default.
  private static final long PING_AFTER_SILENCE_S = 10;
  private static final long PING_TIMEOUT_S = 10;
  private static final int MAX_INBOUND_MESSAGE_BYTES = ContractConduct.SESSION.getMaxMessageBytes();
  private static final long SHUTDOWN_TIMEOUT_MS = 5_000;

  private final ManagedChannel channel;
  private final String target;
  private final boolean ownsChannel;
  private final Executor executor;
  private final @Nullable ExecutorService ownedExecutor;
  private final ScheduledExecutorService timer;
  private final boolean ownsTimer;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final LongSupplier nanoTime;
  private final Supplier<String> identifiers;

  private SwarmConnection(Builder builder, ManagedChannel channel, boolean ownsChannel) {
    this.channel = channel;
    this.target = builder.channel != null ? channel.authority() : builder.target;
    this.ownsChannel = ownsChannel;
    if (builder.executor != null) {
      this.executor = builder.executor;
      this.ownedExecutor = null;
    } else {
      this.ownedExecutor = Executors.newCachedThreadPool(daemonThreads("swarmlog-handler-"));
      this.executor = ownedExecutor;
    }
    this.ownsTimer = builder.timer == null;
    this.timer = builder.timer != null ? builder.timer : newTimer();
    this.clock = builder.clock;
    this.random = builder.random;
    this.nanoTime = builder.nanoTime;
    this.identifiers = builder.identifiers;
  }

  /** A connection with all defaults to "host:port". Connects when it is first used. */
  public static SwarmConnection to(String target) {
    return builder(target).build();
  }

  /** A connection to "host:port". */
  public static Builder builder(String target) {
    return new Builder(Arguments.given(target, "\"host:port\" of a coordinator"), null);
  }

  /** A connection over a channel of the caller's own, which closing the connection leaves open. */
  public static Builder builder(ManagedChannel channel) {
    return new Builder("", Arguments.given(channel, "a channel"));
  }

  /**
   * Closes the channel and ends the threads, unless they were given. Close what uses the connection
   * first.
   */
  @Override
  public void close() {
    if (ownsChannel) {
      channel.shutdown();
      try {
        if (!channel.awaitTermination(SHUTDOWN_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
          channel.shutdownNow();
        }
      } catch (InterruptedException e) {
        channel.shutdownNow();
        Thread.currentThread().interrupt();
      }
    }
    if (ownsTimer) {
      timer.shutdownNow();
    }
    if (ownedExecutor != null) {
      ownedExecutor.shutdown();
    }
  }

  /** The coordinator's address, for people to read. */
  String target() {
    return target;
  }

  Channel channel() {
    return channel;
  }

  /** Our own backoff decides when to try: gRPC's must not add to it. */
  void resetChannelBackoff() {
    channel.resetConnectBackoff();
  }

  /**
   * Calls back once when what the channel is connected to now is lost, at once if it is lost
   * already; on a network thread.
   *
   * @return false if the channel, which was given, does not tell
   */
  boolean whenLost(Runnable callback) {
    try {
      channel.notifyWhenStateChanged(ConnectivityState.READY, callback);
      return true;
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  Executor executor() {
    return executor;
  }

  ScheduledExecutorService timer() {
    return timer;
  }

  InstantSource clock() {
    return clock;
  }

  RandomGenerator random() {
    return random;
  }

  /** What waits are measured by: only differences mean something. */
  long nanoTime() {
    return nanoTime.getAsLong();
  }

  String newIdentifier() {
    return identifiers.get();
  }

  private static ScheduledExecutorService newTimer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(1, daemonThreads("swarmlog-timer-"));
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  private static ThreadFactory daemonThreads(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Settings of a connection. Not thread-safe. */
  public static final class Builder {
    private final String target;
    private final @Nullable ManagedChannel channel;
    private @Nullable TransportSecurity security;
    private @Nullable Executor executor;
    private @Nullable ScheduledExecutorService timer;
    private InstantSource clock = InstantSource.system();
    // The one generator of the JDK that many threads may use.
    private RandomGenerator random = new Random();
    private LongSupplier nanoTime = System::nanoTime;
    private Supplier<String> identifiers = () -> UUID.randomUUID().toString();

    private Builder(String target, @Nullable ManagedChannel channel) {
      this.target = target;
      this.channel = channel;
    }

    /** How it is secured. Default: plaintext to loopback, else {@link TransportSecurity#tls()}. */
    public Builder security(TransportSecurity security) {
      this.security = Arguments.given(security, "how to secure the connection");
      return this;
    }

    /**
     * Where handlers, listeners and completions run: at most one task per lane of an agent at a
     * time. Where handlers wait for futures of a publisher it needs more threads than there are
     * lanes, or they wait for each other. Default: a pool of daemon threads of the connection's own
     * that grows with the number of lanes at work.
     */
    public Builder executor(Executor executor) {
      this.executor = Arguments.given(executor, "an executor");
      return this;
    }

    /**
     * What starts heartbeats and reconnects; its tasks take microseconds. Default: one daemon
     * thread of its own.
     */
    public Builder timer(ScheduledExecutorService timer) {
      this.timer = Arguments.given(timer, "a timer");
      return this;
    }

    /** The clock that publish times and clock offsets are read from. */
    public Builder clock(InstantSource clock) {
      this.clock = Arguments.given(clock, "a clock");
      return this;
    }

    /**
     * The monotonic clock that waits are measured by, in nanoseconds, such as that of a simulation.
     * Default: {@code System.nanoTime()}.
     */
    public Builder monotonicClock(LongSupplier nanoTime) {
      this.nanoTime = Arguments.given(nanoTime, "a monotonic clock");
      return this;
    }

    /**
     * Names for what must never be mistaken for something else: each publisher takes one, and the
     * coordinator knows by it what it has had of that publisher. Never the same one twice, whatever
     * process draws it. Default: random UUIDs.
     */
    public Builder identifiers(Supplier<String> identifiers) {
      this.identifiers = Arguments.given(identifiers, "a source of identifiers");
      return this;
    }

    /**
     * Where jitter comes from; must be safe for use by many threads or be used by one connection
     * only.
     */
    public Builder random(RandomGenerator random) {
      this.random = Arguments.given(random, "a source of randomness");
      return this;
    }

    /** Makes the connection; does not wait for the coordinator. */
    public SwarmConnection build() {
      if (channel != null) {
        return new SwarmConnection(this, channel, false);
      }
      TransportSecurity chosen =
          security != null
              ? security
              : isLoopback(target) ? TransportSecurity.plaintext() : TransportSecurity.tls();
      ManagedChannel made =
          Grpc.newChannelBuilder(target, chosen.credentials())
              // Our callbacks only step a state machine and hand batches over, so they stay on the
              // network thread.
              .directExecutor()
              .disableRetry()
              // A connection whose other end is gone without a word would be taken for a living one
              // for ever, and every new stream opened on it.
              .keepAliveTime(PING_AFTER_SILENCE_S, TimeUnit.SECONDS)
              .keepAliveTimeout(PING_TIMEOUT_S, TimeUnit.SECONDS)
              // An attempt to connect is a call for 10 s only, too short to be found out by a ping.
              .keepAliveWithoutCalls(true)
              .maxInboundMessageSize(MAX_INBOUND_MESSAGE_BYTES)
              .userAgent("swarmlog-java/" + version())
              .build();
      return new SwarmConnection(this, made, true);
    }

    private static boolean isLoopback(String target) {
      String host = target.startsWith("[") ? target.substring(1) : target;
      return host.startsWith("localhost:")
          || host.equals("localhost")
          || host.startsWith("127.")
          || host.startsWith("::1]");
    }
  }

  static String version() {
    String version = SwarmConnection.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }
}
