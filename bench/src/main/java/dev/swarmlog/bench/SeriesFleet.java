package dev.swarmlog.bench;

import com.google.protobuf.Empty;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmAgentBuilder;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Agents that are connected and are each given an operation on every topic. Used by one thread. */
final class SeriesFleet implements AutoCloseable {

  /** Well below what one connection may carry: each agent has a call for each of its lanes. */
  private static final int AGENTS_PER_CONNECTION = 50;

  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final long SETTLE_MS = 500;
  private static final Set<Topic> LOGGED =
      Set.of(
          Topic.TOPIC_CONTROL,
          Topic.TOPIC_COMMANDS,
          Topic.TOPIC_RECONCILIATION,
          Topic.TOPIC_ALERTS);

  private final String target;
  private final int swarms;
  private final int agentsOfEach;
  private final Consumer<String> progress;
  private final CountDownLatch given;
  // By swarm: telemetry has come to one of its agents.
  private final List<CountDownLatch> measured;
  private final ExecutorService handlers =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<SwarmConnection> connections = new ArrayList<>();
  private final List<SwarmAgent> agents = new ArrayList<>();

  /**
   * @param progress gets a line now and then
   */
  SeriesFleet(String target, int swarms, int agentsOfEach, Consumer<String> progress) {
    this.target = target;
    this.swarms = swarms;
    this.agentsOfEach = agentsOfEach;
    this.progress = progress;
    this.given = new CountDownLatch(swarms * agentsOfEach * LOGGED.size());
    this.measured = Stream.generate(() -> new CountDownLatch(1)).limit(swarms).toList();
  }

  /** All agents come, and are live. */
  void connect() throws Exception {
    progress.accept("connecting %,d agents of %,d swarms".formatted(swarms * agentsOfEach, swarms));
    for (int i = 0; i < swarms * agentsOfEach; i++) {
      if (i % AGENTS_PER_CONNECTION == 0) {
        connections.add(SwarmConnection.builder(target).executor(handlers).timer(timer).build());
      }
      SwarmConnection connection = connections.get(connections.size() - 1);
      SwarmAgentBuilder agent =
          SwarmAgent.builder(connection, swarm(i / agentsOfEach), "agent-" + i % agentsOfEach);
      LOGGED.forEach(topic -> agent.on(topic, operation -> given.countDown()));
      CountDownLatch swarmMeasured = measured.get(i / agentsOfEach);
      agents.add(agent.on(Topic.TOPIC_TELEMETRY, measurement -> swarmMeasured.countDown()).start());
    }
    for (SwarmAgent agent : agents) {
      agent.awaitCaughtUp(TIMEOUT);
    }
  }

  /** One operation for all on every topic of every swarm; waits until all agents have them. */
  void publish() throws Exception {
    progress.accept("publishing on every topic");
    for (int i = 0; i < swarms; i++) {
      try (SwarmPublisher publisher =
          SwarmPublisher.builder(connections.get(0), swarm(i), "publisher").start()) {
        for (Topic topic : LOGGED) {
          publisher
              .publish(Publication.event(topic, Targets.all(), Empty.getDefaultInstance()))
              .get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        }
        measure(publisher, measured.get(i));
      }
    }
    if (!given.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "Expected every agent to be given every operation, but %,d are missing"
              .formatted(given.getCount()));
    }
  }

  /** An agent is given what comes after it has its lane of telemetry, which nobody is told of. */
  private static void measure(SwarmPublisher publisher, CountDownLatch came)
      throws InterruptedException {
    long deadlineNs = System.nanoTime() + TIMEOUT.toNanos();
    do {
      publisher.telemetry(Publication.measurement(Targets.all(), Empty.getDefaultInstance()));
      if (System.nanoTime() - deadlineNs > 0) {
        throw new IllegalStateException("Expected telemetry to come to an agent, but none did");
      }
    } while (!came.await(SETTLE_MS, TimeUnit.MILLISECONDS));
  }

  /** What a Prometheus is told once no more series come, as the last acknowledgements are in. */
  SeriesCount count(int port) throws Exception {
    progress.accept("counting");
    SeriesCount last = SeriesCount.read(port);
    SeriesCount next = readLater(port);
    while (next.series() != last.series()) {
      last = next;
      next = readLater(port);
    }
    return next;
  }

  private SeriesCount readLater(int port) throws Exception {
    return timer.schedule(() -> SeriesCount.read(port), SETTLE_MS, TimeUnit.MILLISECONDS).get();
  }

  private static String swarm(int number) {
    return "series-" + number;
  }

  @Override
  public void close() {
    Closing.all(agents, progress);
    Closing.all(connections, progress);
    timer.shutdownNow();
    handlers.shutdownNow();
  }
}
