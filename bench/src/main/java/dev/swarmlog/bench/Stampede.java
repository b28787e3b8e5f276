package dev.swarmlog.bench;

import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SyncReport;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Many agents of the SDK that go away together and come back together, each with a connection and a
 * cursor of its own. Used by one thread.
 */
final class Stampede implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private final String target;
  private final String swarm;
  private final List<CursorStore> cursors = new ArrayList<>();
  private final ExecutorService handlers =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  Stampede(String target, String swarm, int agents) {
    this.target = target;
    this.swarm = swarm;
    for (int i = 0; i < agents; i++) {
      cursors.add(CursorStore.inMemory());
    }
  }

  /**
   * How it went.
   *
   * @param tookUs from the start of all until each had caught up, in microseconds
   * @param redundant entries that changed nothing, over all agents
   * @param mismatches where an agent's sums or counts differ from its receipt
   */
  record Outcome(Histogram tookUs, long redundant, long mismatches) {}

  /** All come, catch up, check their receipts, and leave. */
  Outcome comeAndGo() throws Exception {
    Histogram tookUs = Latencies.histogram();
    long redundant = 0;
    long mismatches = 0;
    List<SwarmConnection> connections = new ArrayList<>();
    List<SwarmAgent> agents = new ArrayList<>();
    List<Arrival> arrivals = new ArrayList<>();
    long startNs = System.nanoTime();
    try {
      for (int i = 0; i < cursors.size(); i++) {
        SwarmConnection connection =
            SwarmConnection.builder(target).executor(handlers).timer(timer).build();
        connections.add(connection);
        Arrival arrival = new Arrival(new CompletableFuture<>(), new CompletableFuture<>());
        arrivals.add(arrival);
        agents.add(
            SwarmAgent.builder(connection, swarm, "agent-" + i)
                .topics(Topic.TOPIC_COMMANDS)
                .onBatch(batch -> {})
                .cursorStore(cursors.get(i))
                .listener(arrival)
                .start());
      }
      for (Arrival arrival : arrivals) {
        long nanos = arrival.atNs().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS) - startNs;
        Latencies.record(tookUs, TimeUnit.NANOSECONDS.toMicros(nanos));
        SyncReport report = arrival.report().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        redundant += report.redundant();
        mismatches += report.mismatches().size();
      }
    } finally {
      agents.forEach(SwarmAgent::close);
      connections.forEach(SwarmConnection::close);
    }
    return new Outcome(tookUs, redundant, mismatches);
  }

  private record Arrival(CompletableFuture<Long> atNs, CompletableFuture<SyncReport> report)
      implements AgentListener {
    @Override
    public void synced(SyncReport synced) {
      report.complete(synced);
    }

    @Override
    public void caughtUp(Position position, long received, long ignoredDuplicates) {
      atNs.complete(System.nanoTime());
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    handlers.shutdownNow();
  }
}
