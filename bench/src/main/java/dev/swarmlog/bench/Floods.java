package dev.swarmlog.bench;

import dev.swarmlog.hostile.Flood;
import dev.swarmlog.sdk.Overflow;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

/** One run of the bench of floods. Used once, by one thread. */
final class Floods implements AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(120);

  /** So that what waited while the coordinator collected garbage is counted nowhere. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private static final long SETTLE_MS = 60_000;
  private static final long POLL_MS = 20;

  private final FloodsWorkload workload;
  private final ServerProcess server;
  private final Consumer<String> progress;
  private final FanoutClock clock = new FanoutClock();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService publisherThread = Executors.newSingleThreadExecutor();
  private final List<CalmAgent> agents = new ArrayList<>();
  private final List<AutoCloseable> clients = new ArrayList<>();

  /**
   * @param progress gets a line now and then
   */
  Floods(FloodsWorkload workload, ServerProcess server, Consumer<String> progress) {
    this.workload = workload;
    this.server = server;
    this.progress = progress;
  }

  FloodsResult run() throws Exception {
    progress.accept("connecting");
    FanoutPublisher publisher = connect();
    try (AttackerProcess attacker = AttackerProcess.start(server.port(), workload.pause())) {
      publisherThread.execute(publisher);
      progress.accept("warming up");
      await(workload.warmup());
      List<FloodsResult.Kind> kinds = new ArrayList<>();
      for (Flood flood : workload.kinds()) {
        progress.accept(
            "%s, %d of %d".formatted(flood.key(), kinds.size() + 1, workload.kinds().size()));
        kinds.add(flood(flood, attacker));
      }
      return new FloodsResult(workload, kinds, missing(publisher));
    }
  }

  private FloodsResult.Kind flood(Flood flood, AttackerProcess attacker) throws Exception {
    long heapBefore = server.collectedHeapBytes();
    await(PAUSE);
    FloodsResult.Phase quiet = phase(workload.phase());
    Duration cpuBefore = attacker.cpu();
    attacker.flood(flood);
    FloodsResult.Phase during = phase(workload.phase());
    AttackerProcess.Attack attack = attacker.rest();
    double attackerCpuSeconds = attacker.cpu().minus(cpuBefore).toNanos() / 1e9;
    return new FloodsResult.Kind(
        flood, attack, quiet, during, attackerCpuSeconds, heapBefore, server.collectedHeapBytes());
  }

  private FloodsResult.Phase phase(Duration length) throws Exception {
    Histogram lagUs = new SynchronizedHistogram(Latencies.histogram());
    Duration cpuBefore = server.cpu();
    long beganNs = System.nanoTime();
    agents.forEach(agent -> agent.countInto(lagUs));
    await(length);
    agents.forEach(agent -> agent.countInto(null));
    double seconds = (System.nanoTime() - beganNs) / 1e9;
    return new FloodsResult.Phase(lagUs, seconds, server.cpu().minus(cpuBefore).toNanos() / 1e9);
  }

  private FanoutPublisher connect() throws Exception {
    try (SwarmClient client = SwarmClient.connect(server.target())) {
      client.createSwarm(FloodsWorkload.SWARM);
    }
    List<SwarmAgent> connecting = new ArrayList<>();
    for (int i = 0; i < workload.agents(); i++) {
      CalmAgent agent = new CalmAgent();
      agents.add(agent);
      SwarmAgent connected =
          SwarmAgent.builder(server.target(), FloodsWorkload.SWARM, "agent-" + i)
              .topics(Topic.TOPIC_COMMANDS)
              .onBatch(agent)
              .start();
      clients.add(connected);
      connecting.add(connected);
    }
    for (SwarmAgent agent : connecting) {
      agent.awaitCaughtUp(CONNECT_TIMEOUT);
    }
    SwarmPublisher publisher =
        SwarmPublisher.builder(
                server.target(), FloodsWorkload.SWARM, IsolationWorkload.CALM_PUBLISHER)
            .overflow(Overflow.BLOCK)
            .start();
    clients.add(publisher);
    return new FanoutPublisher(workload.calm(), clock, publisher, List.of(), /* seed= */ 1);
  }

  /** Publishes no more, and answers how much did not come to an agent once, in order, in time. */
  private long missing(FanoutPublisher publisher) throws Exception {
    clock.endPublishing();
    publisherThread.shutdown();
    if (!publisherThread.awaitTermination(SETTLE_MS, TimeUnit.MILLISECONDS)) {
      throw new IOException("Expected the publisher to end");
    }
    if (publisher.failure() != null) {
      throw new IOException("Expected every operation to be published", publisher.failure());
    }
    long published = publisher.published();
    for (long waitedMs = 0;
        unreceived(published) > 0 && waitedMs < SETTLE_MS;
        waitedMs += POLL_MS) {
      await(Duration.ofMillis(POLL_MS));
    }
    return unreceived(published) + agents.stream().mapToLong(CalmAgent::misplaced).sum();
  }

  private long unreceived(long published) {
    return agents.stream().mapToLong(agent -> published - agent.received()).sum();
  }

  private void await(Duration length) throws Exception {
    timer.schedule(() -> {}, length.toNanos(), TimeUnit.NANOSECONDS).get();
  }

  @Override
  public void close() throws Exception {
    clock.endPublishing();
    publisherThread.shutdown();
    for (AutoCloseable client : clients) {
      client.close();
    }
    timer.shutdownNow();
  }
}
