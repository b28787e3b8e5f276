package dev.swarmlog.bench;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.CompactSwarmResponse;
import dev.swarmlog.v1.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One run of the horizon bench. Used once, by one thread. */
final class HorizonBench {

  private static final String SWARM = "horizon";

  /** Of the coordinator: an agent may be searched however often it comes back. */
  static final List<String> SETTINGS = List.of("drift-searches", "100000", "breaker-wait", "0s");

  /** Coordinator and clients run compiled code by the time that counts. */
  private static final int WARMUPS = 1;

  private final HorizonWorkload workload;
  private final ServerProcess server;
  private final Consumer<String> progress;
  private final KeyedState state;

  HorizonBench(HorizonWorkload workload, ServerProcess server, Consumer<String> progress) {
    this.workload = workload;
    this.server = server;
    this.progress = progress;
    this.state = new KeyedState(workload.keys(), workload.payloadBytes());
  }

  HorizonResult run() throws Exception {
    List<HorizonResult.Round> rounds = new ArrayList<>();
    try (SwarmClient client = SwarmClient.connect(server.target())) {
      client.createSwarm(SWARM);
      try (PipelinedPublisher publisher = new PipelinedPublisher(server.target(), SWARM)) {
        progress.accept("publishing %,d keys".formatted(workload.keys()));
        publisher.publish(state.publications().iterator());
        HoldingAgent away = agent("away");
        away.comeAndGo(state.values());
        for (int i = 0; i < WARMUPS + workload.repetitions(); i++) {
          progress.accept("changing %,d keys, and compacting".formatted(workload.differing()));
          KeyedState.Change change = state.change(workload.differing());
          publisher.publish(change.publications().iterator());
          compact(client);
          progress.accept("coming back, and coming for the first time");
          Coming returned = away.comeAndGo(state.values());
          Coming fresh = agent("fresh-" + i).comeAndGo(state.values());
          if (i >= WARMUPS) {
            rounds.add(new HorizonResult.Round(change, returned, fresh));
          }
        }
      }
    }
    return new HorizonResult(workload, rounds);
  }

  private HoldingAgent agent(String name) {
    return new HoldingAgent(server.port(), SWARM, name);
  }

  /** Moves the horizon to the head, so that nobody who is away is above it. */
  private static void compact(SwarmClient client) {
    long headOpId = client.getSwarm(SWARM).getSwarm().getMainHead().getOpId();
    CompactSwarmResponse compacted;
    do {
      compacted = client.compactSwarm(SWARM, Log.LOG_MAIN, headOpId);
    } while (!compacted.getComplete());
    if (compacted.getHorizonOpId() != headOpId) {
      throw new IllegalStateException(
          "Expected the horizon at operation %d, but it is at %d"
              .formatted(headOpId, compacted.getHorizonOpId()));
    }
  }
}
