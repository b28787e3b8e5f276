package dev.swarmlog.bench;

import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SyncReport;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * An agent of the SDK that comes and goes, and keeps what it is sent in a map, with cursor and key
 * index in memory. Used by one thread.
 */
final class HoldingAgent {

  private static final long TIMEOUT_S = 300;

  private final int serverPort;
  private final String swarm;
  private final String name;
  private final CursorStore cursor = CursorStore.inMemory();
  // Changed by handlers, one at a time, and read when their agent is closed.
  private final Map<String, Payload> held = new HashMap<>();

  HoldingAgent(int serverPort, String swarm, String name) {
    this.serverPort = serverPort;
    this.swarm = swarm;
    this.name = name;
  }

  /**
   * Comes, catches up, and leaves.
   *
   * @param expected what it should hold then
   */
  Coming comeAndGo(Map<String, Payload> expected) throws Exception {
    Arrival arrival = new Arrival();
    long nanos;
    long bytesUp;
    long bytesDown;
    try (CountingRelay relay = CountingRelay.to(serverPort)) {
      long startNs = System.nanoTime();
      try (SwarmAgent agent = start(relay, arrival)) {
        nanos = arrival.atNs.get(TIMEOUT_S, TimeUnit.SECONDS) - startNs;
        bytesUp = relay.bytesUp();
        bytesDown = relay.bytesDown();
      }
    }
    SyncReport report = arrival.report.get(TIMEOUT_S, TimeUnit.SECONDS);
    return new Coming(
        nanos, bytesUp, bytesDown, arrival.set, arrival.deleted, report, held.equals(expected));
  }

  private SwarmAgent start(CountingRelay relay, Arrival arrival) throws IOException {
    return SwarmAgent.builder("localhost:" + relay.port(), swarm, name)
        .topics(Topic.TOPIC_COMMANDS)
        .onBatch(arrival::apply)
        .cursorStore(cursor)
        .listener(arrival)
        .start();
  }

  /** One time that it comes. */
  private final class Arrival implements AgentListener {

    private final CompletableFuture<Long> atNs = new CompletableFuture<>();
    private final CompletableFuture<SyncReport> report = new CompletableFuture<>();
    private final Set<String> set = new HashSet<>();
    private final Set<String> deleted = new HashSet<>();

    private void apply(Batch batch) {
      for (Operation operation : batch.operations()) {
        if (operation.getTombstone()) {
          held.remove(operation.getKey());
          deleted.add(operation.getKey());
        } else {
          held.put(operation.getKey(), operation.getPayload());
          set.add(operation.getKey());
        }
      }
    }

    @Override
    public void synced(SyncReport synced) {
      report.complete(synced);
    }

    @Override
    public void caughtUp(Position position, long received, long ignoredDuplicates) {
      atNs.complete(System.nanoTime());
    }
  }
}
