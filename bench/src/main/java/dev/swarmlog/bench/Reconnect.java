package dev.swarmlog.bench;

import com.google.protobuf.Empty;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.AgentState;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Kills a coordinator under its agents, and watches them come back. Used by one thread. */
final class Reconnect implements AutoCloseable {

  private static final String SWARM = "stampede";
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final long SAMPLE_MS = 200;
  private static final long SLOT_NS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Path data;
  private final List<String> javaOptions;
  private final List<String> settings;
  private final int agents;
  private final Consumer<String> progress;
  private final ExecutorService handlers =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<SwarmConnection> connections = new ArrayList<>();
  private final List<SwarmAgent> running = new ArrayList<>();
  private final List<Watch> watches = new ArrayList<>();
  private final Queue<Long> attemptsNs = new ConcurrentLinkedQueue<>();

  Reconnect(
      Path data,
      List<String> javaOptions,
      List<String> settings,
      int agents,
      Consumer<String> progress) {
    this.data = data;
    this.javaOptions = javaOptions;
    this.settings = settings;
    this.agents = agents;
    this.progress = progress;
  }

  /** What one agent goes through. */
  private final class Watch implements AgentListener {
    private final CountDownLatch live = new CountDownLatch(1);
    private final CountDownLatch lost = new CountDownLatch(1);
    private final CountDownLatch liveAgain = new CountDownLatch(1);
    private final CountDownLatch given = new CountDownLatch(1);
    private volatile long liveAgainNs;

    @Override
    public void stateChanged(AgentState state) {
      if (state == AgentState.CONNECTING) {
        attemptsNs.add(System.nanoTime());
      } else if (state == AgentState.WAITING && live.getCount() == 0) {
        lost.countDown();
      } else if (state == AgentState.LIVE && lost.getCount() == 0) {
        liveAgainNs = System.nanoTime();
        liveAgain.countDown();
      } else if (state == AgentState.LIVE) {
        live.countDown();
      }
    }
  }

  ReconnectResult run() throws Exception {
    int port;
    try (ServerProcess first = ServerProcess.start(data, javaOptions, settings)) {
      port = first.port();
      start(first.target());
      for (int i = 0; i < agents; i++) {
        await(watches.get(i).live, "agent %d to be live".formatted(i));
      }
      progress.accept("%,d agents are live; killing the coordinator".formatted(agents));
      first.kill();
    }
    long killedNs = System.nanoTime();
    List<String> samePort = new ArrayList<>(settings);
    samePort.addAll(List.of("port", Integer.toString(port)));
    try (ServerProcess second = ServerProcess.start(data, javaOptions, samePort)) {
      long servesNs = System.nanoTime();
      double peakCores = peakUntilAllAreBack(second);
      List<Long> backMs =
          watches.stream()
              .map(watch -> TimeUnit.NANOSECONDS.toMillis(watch.liveAgainNs - servesNs))
              .sorted()
              .toList();
      return new ReconnectResult(
          agents,
          TimeUnit.NANOSECONDS.toMillis(servesNs - killedNs),
          backMs,
          attempts(servesNs),
          peakCores,
          reached(second.target()));
    }
  }

  private void start(String target) {
    for (int i = 0; i < agents; i++) {
      SwarmConnection connection =
          SwarmConnection.builder(target).executor(handlers).timer(timer).build();
      connections.add(connection);
      Watch watch = new Watch();
      watches.add(watch);
      running.add(
          SwarmAgent.builder(connection, SWARM, "agent-" + i)
              .on(Topic.TOPIC_COMMANDS, operation -> watch.given.countDown())
              .listener(watch)
              .start());
    }
  }

  private double peakUntilAllAreBack(ServerProcess server) throws Exception {
    double peak = 0;
    Duration cpu = server.cpu();
    long atNs = System.nanoTime();
    long deadlineNs = atNs + TIMEOUT.toNanos();
    for (Watch watch : watches) {
      while (!watch.liveAgain.await(SAMPLE_MS, TimeUnit.MILLISECONDS)) {
        if (System.nanoTime() > deadlineNs) {
          throw new IllegalStateException(
              "Expected all agents to be back within " + TIMEOUT.toSeconds() + " s");
        }
        progress.accept(
            "%,d of %,d agents are back"
                .formatted(
                    watches.stream().filter(w -> w.liveAgain.getCount() == 0).count(), agents));
        Duration now = server.cpu();
        long nowNs = System.nanoTime();
        peak = Math.max(peak, (double) now.minus(cpu).toNanos() / (nowNs - atNs));
        cpu = now;
        atNs = nowNs;
      }
    }
    return peak;
  }

  private List<Long> attempts(long servesNs) {
    List<Long> slots = new ArrayList<>();
    for (long attemptNs : attemptsNs) {
      if (attemptNs >= servesNs) {
        int slot = (int) ((attemptNs - servesNs) / SLOT_NS);
        while (slots.size() <= slot) {
          slots.add(0L);
        }
        slots.set(slot, slots.get(slot) + 1);
      }
    }
    return slots;
  }

  /** How many agents are given what is published now. */
  private int reached(String target) throws Exception {
    try (SwarmPublisher publisher = SwarmPublisher.builder(target, SWARM, "bench").start()) {
      publisher
          .publish(
              Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), Empty.getDefaultInstance()))
          .get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }
    int reached = 0;
    for (Watch watch : watches) {
      if (watch.given.await(TIMEOUT.toSeconds() / 10, TimeUnit.SECONDS)) {
        reached++;
      }
    }
    return reached;
  }

  private static void await(CountDownLatch latch, String what) throws InterruptedException {
    if (!latch.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "Expected " + what + " within " + TIMEOUT.toSeconds() + " s, but it is not");
    }
  }

  @Override
  public void close() {
    running.forEach(SwarmAgent::close);
    connections.forEach(SwarmConnection::close);
    timer.shutdownNow();
    handlers.shutdownNow();
  }
}
