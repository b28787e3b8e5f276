package dev.swarmlog.bench;

import dev.swarmlog.sdk.Overflow;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/** One run of the fan-out bench. Used once, by one thread. */
final class Fanout implements AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(60);
  private static final long TICK_MS = 1_000;
  private static final long POLL_MS = 5;

  private final FanoutWorkload workload;
  private final ServerProcess server;
  private final Consumer<String> progress;
  private final FanoutClock clock = new FanoutClock();
  private final ExecutorService handlers =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService publisherThreads = Executors.newCachedThreadPool();
  private final List<FanoutAgent> agents = new ArrayList<>();
  private final List<FanoutPublisher> publishers = new ArrayList<>();
  private final List<AutoCloseable> clients = new ArrayList<>();
  private final List<SwarmConnection> connections = new ArrayList<>();

  /**
   * @param progress gets a line now and then
   */
  Fanout(FanoutWorkload workload, ServerProcess server, Consumer<String> progress) {
    this.workload = workload;
    this.server = server;
    this.progress = progress;
  }

  FanoutResult run() throws Exception {
    progress.accept("connecting %,d agents".formatted(workload.swarms() * workload.agents()));
    connect();
    publishers.forEach(publisherThreads::execute);
    awaitTicks("warming up", workload.warmup());

    clock.beginMeasuring();
    Duration cpuBefore = server.cpu();
    long beganNs = System.nanoTime();
    awaitTicks("measuring", workload.measured());
    clock.endMeasuring();
    double seconds = (System.nanoTime() - beganNs) / 1e9;
    double cpuSeconds = server.cpu().minus(cpuBefore).toNanos() / 1e9;
    long residentMiB = server.residentMiB().orElse(-1);

    clock.endPublishing();
    progress.accept("checking that every agent has everything");
    settle();
    return result(seconds, cpuSeconds, residentMiB, drifts());
  }

  private void connect() throws InterruptedException, TimeoutException {
    List<SwarmAgent> connecting = new ArrayList<>();
    try (SwarmClient client = SwarmClient.connect(server.target())) {
      for (int s = 0; s < workload.swarms(); s++) {
        String swarm = swarm(s);
        client.createSwarm(swarm);
        List<FanoutAgent> ofSwarm = new ArrayList<>();
        SwarmConnection connection = connection();
        SwarmPublisher sdkPublisher =
            SwarmPublisher.builder(connection, swarm, "publisher").overflow(Overflow.BLOCK).start();
        clients.add(sdkPublisher);
        FanoutPublisher publisher = new FanoutPublisher(workload, clock, sdkPublisher, ofSwarm, s);
        for (int a = 0; a < workload.agents(); a++) {
          FanoutAgent agent = new FanoutAgent(clock, publisher::wake);
          ofSwarm.add(agent);
          SwarmAgent sdkAgent =
              SwarmAgent.builder(connection(), swarm, "agent-" + a)
                  .topics(Topic.TOPIC_COMMANDS)
                  .onBatch(agent)
                  .start();
          clients.add(sdkAgent);
          connecting.add(sdkAgent);
        }
        agents.addAll(ofSwarm);
        publishers.add(publisher);
      }
    }
    for (SwarmAgent agent : connecting) {
      agent.awaitCaughtUp(CONNECT_TIMEOUT);
    }
  }

  private SwarmConnection connection() {
    SwarmConnection connection =
        SwarmConnection.builder(server.target()).executor(handlers).timer(timer).build();
    connections.add(connection);
    return connection;
  }

  private void awaitTicks(String what, Duration duration) throws Exception {
    Pace pace = new Pace(System.nanoTime(), published(), applied());
    long endNs = pace.atNs + duration.toNanos();
    AtomicReference<Pace> last = new AtomicReference<>(pace);
    await(
        TICK_MS,
        () -> {
          Pace now = new Pace(System.nanoTime(), published(), applied());
          progress.accept("%s, %s".formatted(what, now.since(last.getAndSet(now), endNs)));
          return now.atNs >= endNs;
        });
  }

  /** How far all have come at a moment. */
  private record Pace(long atNs, long published, long applied) {

    String since(Pace before, long endNs) {
      double seconds = (atNs - before.atNs) / 1e9;
      return "%d s left: %,.0f published/s, %,.0f deliveries/s"
          .formatted(
              Math.max(0, Math.round((endNs - atNs) / 1e9)),
              (published - before.published) / seconds,
              (applied - before.applied) / seconds);
    }
  }

  private void settle() throws Exception {
    publisherThreads.shutdown();
    boolean ended = publisherThreads.awaitTermination(SETTLE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    long deadlineNs = System.nanoTime() + SETTLE_TIMEOUT.toNanos();
    // What has not come by the deadline is counted as lost.
    await(
        POLL_MS,
        () ->
            !ended
                || System.nanoTime() >= deadlineNs
                || publishers.stream().allMatch(FanoutPublisher::settled));
  }

  /** Waits until a condition holds, looked at on the timer's thread, or something has failed. */
  private void await(long everyMs, BooleanSupplier condition) throws Exception {
    CompletableFuture<Boolean> held = new CompletableFuture<>();
    ScheduledFuture<?> looks =
        timer.scheduleAtFixedRate(
            () -> {
              try {
                throwFailure();
                if (condition.getAsBoolean()) {
                  held.complete(true);
                }
              } catch (Exception e) {
                held.completeExceptionally(e);
              }
            },
            everyMs,
            everyMs,
            TimeUnit.MILLISECONDS);
    try {
      boolean unused = held.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception failure ? failure : e;
    } finally {
      looks.cancel(false);
    }
  }

  /** How often the coordinator found that what an agent says it holds is not what it should be. */
  private long drifts() {
    long drifts = 0;
    try (SwarmClient client = SwarmClient.connect(server.target())) {
      for (int s = 0; s < workload.swarms(); s++) {
        drifts += client.listDrift(swarm(s)).getReportsCount();
      }
    }
    return drifts;
  }

  private static String swarm(int number) {
    return "bench-" + number;
  }

  private FanoutResult result(double seconds, double cpuSeconds, long residentMiB, long drifts) {
    closeAll();
    Histogram lagUs = Latencies.histogram();
    Histogram ackUs = Latencies.histogram();
    long delivered = 0;
    long lost = 0;
    long duplicated = 0;
    long outOfOrder = 0;
    long published = 0;
    for (int i = 0; i < agents.size(); i++) {
      FanoutAgent agent = agents.get(i);
      lagUs.add(agent.lagUs());
      delivered += agent.measuredCount();
      lost += agent.lost() + publishers.get(i / workload.agents()).published() - agent.applied();
      duplicated += agent.duplicated();
      outOfOrder += agent.outOfOrder();
    }
    for (FanoutPublisher publisher : publishers) {
      ackUs.add(publisher.ackUs());
      published += publisher.measuredCount();
    }
    return new FanoutResult(
        workload,
        seconds,
        published,
        delivered,
        lagUs,
        ackUs,
        cpuSeconds,
        residentMiB,
        lost,
        duplicated,
        outOfOrder,
        drifts);
  }

  private void throwFailure() throws Exception {
    for (FanoutPublisher publisher : publishers) {
      Throwable failure = publisher.failure();
      if (failure instanceof Exception exception) {
        throw exception;
      }
      if (failure != null) {
        throw new IOException("Expected every operation to be published", failure);
      }
    }
  }

  private long published() {
    return publishers.stream().mapToLong(FanoutPublisher::published).sum();
  }

  private long applied() {
    return agents.stream().mapToLong(FanoutAgent::applied).sum();
  }

  /** Closes agents and publishers, many at a time, as each says goodbye; then their connections. */
  private void closeAll() {
    Closing.all(clients, progress);
    Closing.all(connections, progress);
  }

  @Override
  public void close() {
    clock.endPublishing();
    closeAll();
    publisherThreads.shutdownNow();
    timer.shutdownNow();
    handlers.shutdownNow();
  }
}
