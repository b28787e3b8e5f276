package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.RepairReport;
import dev.swarmlog.sdk.StateSource;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PlanSyncRequest;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncServiceGrpc;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One agent that holds many keys, of which one is corrupted again and again. Used once, by one
 * thread.
 */
final class DriftBench implements AutoCloseable {

  private static final String SWARM = "drift";
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);
  private static final long TIMEOUT_S = 120;

  /** Of the coordinator: look often, and mend by key however often it drifted before. */
  static final List<String> SETTINGS =
      List.of("drift-check-interval", "1s", "drift-snapshot-after", "0", "drift-window", "1s");

  private final ServerProcess server;
  private final int keys;
  private final int payloadBytes;
  private final int repetitions;
  private final Consumer<String> progress;
  private final ManagedChannel channel;
  private final Map<String, Payload> held = new ConcurrentHashMap<>();
  private final CountDownLatch caughtUp = new CountDownLatch(1);
  private final BlockingQueue<Instant> mended = new LinkedBlockingQueue<>();
  private final BlockingQueue<DriftReport> reports = new LinkedBlockingQueue<>();

  DriftBench(
      ServerProcess server,
      int keys,
      int payloadBytes,
      int repetitions,
      Consumer<String> progress) {
    this.server = server;
    this.keys = keys;
    this.payloadBytes = payloadBytes;
    this.repetitions = repetitions;
    this.progress = progress;
    this.channel =
        Grpc.newChannelBuilder(server.target(), InsecureChannelCredentials.create()).build();
  }

  DriftResult run() throws Exception {
    progress.accept("publishing %,d keys".formatted(keys));
    List<DriftResult.Repair> repairs = new ArrayList<>();
    try (Absence fleet = new Absence(server.target(), SWARM, keys, payloadBytes);
        SwarmAgent agent = start()) {
      if (!caughtUp.await(TIMEOUT_S, TimeUnit.SECONDS)) {
        throw new IllegalStateException("Expected %s to catch up, but it did not".formatted(agent));
      }
      // Warm-up: everything is compiled by the time that counts.
      for (int i = 0; i < 1 + repetitions; i++) {
        progress.accept("corrupting a key");
        DriftResult.Repair repair = corrupt("key-" + (long) (i + 1) * 7_919 % keys);
        if (i > 0) {
          repairs.add(repair);
        }
      }
      return new DriftResult(keys, payloadBytes, repairs, snapshotBytes());
    }
  }

  private SwarmAgent start() {
    StateSource source =
        (scope, state) -> {
          if (scope.getTopic() == Topic.TOPIC_COMMANDS && scope.getTarget().hasAll()) {
            held.forEach(state::value);
          }
        };
    return SwarmAgent.builder(server.target(), SWARM, "drifting")
        .topics(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION)
        .onBatch(batch -> batch.operations().forEach(this::apply))
        .stateOf(source, CHECK_INTERVAL)
        .listener(
            new AgentListener() {
              @Override
              public void caughtUp(Position position, long received, long ignoredDuplicates) {
                caughtUp.countDown();
              }

              @Override
              public void drifted(RepairReport repair) {
                mended.add(Instant.now());
              }
            })
        .start();
  }

  private void apply(Operation operation) {
    if (operation.getTopic() == Topic.TOPIC_RECONCILIATION) {
      reports.add(report(operation));
    } else if (operation.getTombstone()) {
      held.remove(operation.getKey());
    } else {
      held.put(operation.getKey(), operation.getPayload());
    }
  }

  private static DriftReport report(Operation operation) {
    try {
      return DriftReport.parseFrom(operation.getPayload().getData());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("Expected a report of drift, but it cannot be read", e);
    }
  }

  private DriftResult.Repair corrupt(String key) throws Exception {
    held.put(key, Payloads.bytes("bench", "application/octet-stream", ByteString.EMPTY));
    Instant at = mended.poll(TIMEOUT_S, TimeUnit.SECONDS);
    if (at == null) {
      throw new IllegalStateException("Expected the key to be mended, but it is not");
    }
    DriftReport report = reports.poll(TIMEOUT_S, TimeUnit.SECONDS);
    if (report == null) {
      throw new IllegalStateException("Expected a report that it is mended, but there is none");
    }
    long foundUnixNs = report.getFoundUnixNano();
    long mendedUnixNs = TimeUnit.SECONDS.toNanos(at.getEpochSecond()) + at.getNano();
    return new DriftResult.Repair(
        mendedUnixNs - foundUnixNs,
        report.getMessagesCount(),
        report.getBytes(),
        List.copyOf(report.getKeysList()));
  }

  private long snapshotBytes() {
    ViewScope commands =
        ViewScope.newBuilder()
            .setTopic(Topic.TOPIC_COMMANDS)
            .setAll(AllAgents.getDefaultInstance())
            .build();
    LogResume nothing =
        LogResume.newBuilder().setPosition(Position.newBuilder().setLog(Log.LOG_MAIN)).build();
    return SyncServiceGrpc.newBlockingStub(channel)
        .planSync(
            PlanSyncRequest.newBuilder()
                .setSync(
                    SyncRequest.newBuilder()
                        .setSwarm(SWARM)
                        .setAgent("drifting")
                        .setView(View.newBuilder().addScopes(commands))
                        .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
                        .setResume(nothing))
                .build())
        .getSnapshot()
        .getBytes();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
