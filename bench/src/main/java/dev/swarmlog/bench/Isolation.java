package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Overflow;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One run of the isolation bench. Used once, by one thread. */
final class Isolation implements AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(120);
  private static final long PAUSE_MS = 1_000;
  private static final long SETTLE_MS = 60_000;
  private static final long POLL_MS = 20;

  private final IsolationWorkload workload;
  private final ServerProcess server;
  private final Consumer<String> progress;
  private final FanoutClock clock = new FanoutClock();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService publisherThreads = Executors.newCachedThreadPool();
  private final Map<String, List<CalmAgent>> agents = new LinkedHashMap<>();
  private final List<FanoutPublisher> publishers = new ArrayList<>();
  private final List<AutoCloseable> clients = new ArrayList<>();

  private final List<Double> liveAfterMs = new ArrayList<>();
  private final List<Double> floodedLiveAfterMs = new ArrayList<>();
  private int lateReaders;

  /** What is done while it is measured. */
  private interface Disturbance {
    void run() throws Exception;
  }

  /**
   * @param progress gets a line now and then
   */
  Isolation(IsolationWorkload workload, ServerProcess server, Consumer<String> progress) {
    this.workload = workload;
    this.server = server;
    this.progress = progress;
  }

  IsolationResult run() throws Exception {
    progress.accept("writing %,d operations".formatted(workload.behind()));
    writePast();
    progress.accept("connecting");
    connect();
    long floodRate = (long) workload.factor() * workload.ratePerSecond();
    try (FloodProcess swarm =
            flood(IsolationWorkload.FLOODING_SWARM, "", floodRate, workload.flooders());
        FloodProcess agent = flood(workload.swarmWithFloodingPublisher(), "sink", floodRate, 1)) {
      publishers.forEach(publisherThreads::execute);
      progress.accept("warming up");
      swarm.flood();
      await(workload.warmup().toMillis());
      long unused = swarm.rest();
      agent.flood();
      await(workload.warmup().toMillis() / 2);
      unused = agent.rest();
      return measure(swarm, agent);
    }
  }

  private IsolationResult measure(FloodProcess swarm, FloodProcess agent) throws Exception {
    List<CalmAgent> all = agents.values().stream().flatMap(List::stream).toList();
    List<CalmAgent> sameSwarm =
        agents.getOrDefault(workload.swarmWithFloodingPublisher(), List.of());
    IsolationResult.Pair swarmFlood = pair();
    IsolationResult.Pair agentFlood = pair();
    IsolationResult.Pair catchUp = pair();
    for (int round = 1; round <= workload.rounds(); round++) {
      progress.accept("round %d of %d".formatted(round, workload.rounds()));
      Disturbance nothing = () -> await(workload.phase().toMillis());
      phase(swarmFlood.quiet(), all, null, nothing);
      phase(swarmFlood.disturbed(), all, swarm, nothing);
      phase(agentFlood.quiet(), sameSwarm, null, nothing);
      phase(agentFlood.disturbed(), sameSwarm, agent, nothing);
      phase(catchUp.quiet(), all, null, nothing);
      phase(catchUp.disturbed(), all, null, () -> catchUp(liveAfterMs));
      phase(new PhaseFigures(), all, swarm, () -> catchUp(floodedLiveAfterMs));
    }
    long unreceived = settle();
    return new IsolationResult(
        workload,
        swarmFlood,
        agentFlood,
        catchUp,
        Spread.of(liveAfterMs.stream().mapToDouble(Double::doubleValue)),
        Spread.of(floodedLiveAfterMs.stream().mapToDouble(Double::doubleValue)),
        all.stream().mapToLong(CalmAgent::misplaced).sum() + unreceived);
  }

  /** Publishes no more, and answers how many operations did not come to an agent in time. */
  private long settle() throws Exception {
    clock.endPublishing();
    publisherThreads.shutdown();
    if (!publisherThreads.awaitTermination(SETTLE_MS, TimeUnit.MILLISECONDS)) {
      throw new IOException("Expected publishers to end");
    }
    for (FanoutPublisher publisher : publishers) {
      if (publisher.failure() != null) {
        throw new IOException("Expected every operation to be published", publisher.failure());
      }
    }
    for (long waitedMs = 0; unreceived() > 0 && waitedMs < SETTLE_MS; waitedMs += POLL_MS) {
      await(POLL_MS);
    }
    return unreceived();
  }

  private long unreceived() {
    long unreceived = 0;
    int number = 0;
    for (List<CalmAgent> ofSwarm : agents.values()) {
      long published = publishers.get(number++).published();
      unreceived += ofSwarm.stream().mapToLong(agent -> published - agent.received()).sum();
    }
    return unreceived;
  }

  private static IsolationResult.Pair pair() {
    return new IsolationResult.Pair(new PhaseFigures(), new PhaseFigures());
  }

  private void phase(
      PhaseFigures figures,
      List<CalmAgent> counted,
      @Nullable FloodProcess flood,
      Disturbance disturbance)
      throws Exception {
    if (flood != null) {
      flood.flood();
    }
    Duration cpuBefore = server.cpu();
    long beganNs = System.nanoTime();
    counted.forEach(agent -> agent.countInto(figures.lagUs()));
    disturbance.run();
    counted.forEach(agent -> agent.countInto(null));
    double seconds = (System.nanoTime() - beganNs) / 1e9;
    double cpuSeconds = server.cpu().minus(cpuBefore).toNanos() / 1e9;
    figures.add(seconds, cpuSeconds, flood == null ? 0 : flood.rest());
    await(PAUSE_MS);
  }

  /** Readers that were never there before start at the beginning of the log. */
  private void catchUp(List<Double> tookMs) throws Exception {
    List<SwarmAgent> readers = new ArrayList<>();
    long beganNs = System.nanoTime();
    try {
      for (int i = 0; i < workload.readers(); i++) {
        readers.add(agent(workload.swarmWithPast(), "late-" + lateReaders++, new CalmAgent()));
      }
      for (SwarmAgent reader : readers) {
        reader.awaitCaughtUp(CONNECT_TIMEOUT);
        tookMs.add((System.nanoTime() - beganNs) / 1e6);
      }
    } finally {
      readers.forEach(SwarmAgent::close);
    }
  }

  private void writePast() {
    ByteString data = ByteString.copyFrom(new byte[workload.payloadBytes()]);
    Publication publication =
        Publication.event(
            Topic.TOPIC_COMMANDS,
            Targets.all(),
            Payloads.bytes("bench", "application/octet-stream", data));
    try (SwarmClient client = SwarmClient.connect(server.target())) {
      for (int i = 0; i < workload.swarms(); i++) {
        client.createSwarm(IsolationWorkload.swarm(i));
      }
      client.createSwarm(IsolationWorkload.FLOODING_SWARM);
    }
    try (PipelinedPublisher past =
        new PipelinedPublisher(server.target(), workload.swarmWithPast(), "past")) {
      past.publish(
          IntStream.range(0, workload.behind()).mapToObj(number -> publication).iterator());
    }
  }

  private void connect() throws Exception {
    List<SwarmAgent> connecting = new ArrayList<>();
    for (int s = 0; s < workload.swarms(); s++) {
      String swarm = IsolationWorkload.swarm(s);
      SwarmPublisher publisher =
          SwarmPublisher.builder(server.target(), swarm, IsolationWorkload.CALM_PUBLISHER)
              .overflow(Overflow.BLOCK)
              .start();
      clients.add(publisher);
      publishers.add(new FanoutPublisher(workload.calm(), clock, publisher, List.of(), s));
      List<CalmAgent> ofSwarm = new ArrayList<>();
      for (int a = 0; a < workload.agents(); a++) {
        CalmAgent agent = new CalmAgent();
        ofSwarm.add(agent);
        SwarmAgent connected = agent(swarm, "agent-" + a, agent);
        clients.add(connected);
        connecting.add(connected);
      }
      agents.put(swarm, ofSwarm);
    }
    for (SwarmAgent agent : connecting) {
      agent.awaitCaughtUp(CONNECT_TIMEOUT);
    }
  }

  private SwarmAgent agent(String swarm, String name, CalmAgent handler) {
    return SwarmAgent.builder(server.target(), swarm, name)
        .topics(Topic.TOPIC_COMMANDS)
        .onBatch(handler)
        .start();
  }

  private FloodProcess flood(String swarm, String sink, long ratePerSecond, int publishers)
      throws IOException {
    return FloodProcess.start(
        server.target(),
        swarm,
        sink,
        workload.agents(),
        workload.payloadBytes(),
        ratePerSecond,
        publishers);
  }

  private void await(long millis) throws Exception {
    timer.schedule(() -> {}, millis, TimeUnit.MILLISECONDS).get();
  }

  @Override
  public void close() throws Exception {
    clock.endPublishing();
    publisherThreads.shutdown();
    for (AutoCloseable client : clients) {
      client.close();
    }
    timer.shutdownNow();
  }
}
