package dev.swarmlog.bench;

import dev.swarmlog.v1.Position;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One run of the sync bench. Used once, by one thread. */
final class SyncBench implements AutoCloseable {

  /**
   * It comes back as fast as it can, hundreds of times: that is what breakers are there to stop.
   */
  static final List<String> SETTINGS = List.of("breaker-wait", "0s");

  /** The coordinator has to be warm: one that serves has synced many agents. */
  private static final int WARMUPS = 100;

  private static final int MAX_FRAME_BYTES = 64 << 20;

  private final SyncWorkload workload;
  private final ServerProcess server;
  private final Consumer<String> progress;
  private final ManagedChannel channel;

  SyncBench(SyncWorkload workload, ServerProcess server, Consumer<String> progress) {
    this.workload = workload;
    this.server = server;
    this.progress = progress;
    this.channel =
        Grpc.newChannelBuilder(server.target(), InsecureChannelCredentials.create())
            .maxInboundMessageSize(MAX_FRAME_BYTES)
            .build();
  }

  SyncResult run() throws Exception {
    List<Return.Cost> replays = new ArrayList<>();
    List<Return.Cost> deltas = new ArrayList<>();
    Stampede.Outcome stampede;
    long residentMiB;
    try (Absence absence = absence("away");
        Stampede agents = new Stampede(server.target(), "away", workload.agents())) {
      Position base = absence.head();
      progress.accept("bringing %,d agents up to the base".formatted(workload.agents()));
      agents.comeAndGo();
      progress.accept("publishing %,d operations".formatted(workload.operations()));
      absence.publish(workload.operations());
      progress.accept("coming back by replay and by delta, in turns");
      for (int i = 0; i < WARMUPS + workload.repetitions(); i++) {
        Return.Cost replay = Return.of(channel, "away", base, false);
        Return.Cost delta = Return.of(channel, "away", base, true);
        if (i >= WARMUPS) {
          replays.add(replay);
          deltas.add(delta);
        }
      }
      progress.accept("%,d agents come back at once".formatted(workload.agents()));
      stampede = agents.comeAndGo();
      residentMiB = server.peakResidentMiB().orElse(-1);
    }
    return new SyncResult(workload, replays, deltas, stampede, residentMiB, byLength());
  }

  /** Deltas of the same number of keys, after more and more operations; all lengths in turns. */
  private List<SyncResult.OfLength> byLength() throws Exception {
    List<Position> bases = new ArrayList<>();
    List<SyncResult.OfLength> measured = new ArrayList<>();
    for (int length : workload.lengths()) {
      progress.accept("publishing %,d operations".formatted(length));
      try (Absence absence = absence("length-" + length)) {
        bases.add(absence.head());
        measured.add(new SyncResult.OfLength(length, new ArrayList<>()));
        absence.publish(length);
      }
    }
    progress.accept("coming back after each of them, in turns");
    for (int i = 0; i < WARMUPS + workload.repetitions(); i++) {
      for (int l = 0; l < measured.size(); l++) {
        SyncResult.OfLength one = measured.get(l);
        Return.Cost cost = Return.of(channel, "length-" + one.length(), bases.get(l), true);
        if (i >= WARMUPS) {
          one.costs().add(cost);
        }
      }
    }
    return measured;
  }

  private Absence absence(String swarm) {
    return new Absence(server.target(), swarm, workload.keys(), workload.payloadBytes());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
