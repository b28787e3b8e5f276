package dev.swarmlog.server.path;

import dev.swarmlog.server.DataPath;
import dev.swarmlog.server.Principal;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.ShardStatuses;
import dev.swarmlog.server.SwarmCreation;
import dev.swarmlog.server.path.accept.SerialExecutors;
import dev.swarmlog.server.path.accept.Sessions;
import dev.swarmlog.server.path.admit.SwarmDoor;
import dev.swarmlog.server.path.batch.ShardWriters;
import dev.swarmlog.server.path.batch.TelemetryWriter;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.ShardStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import javax.inject.Singleton;

/**
 * The whole path as its surroundings drive it and look at it.
 *
 * <p>Started and stopped by one thread; everything else may be called from any.
 */
@Singleton
final class ShardedPath implements DataPath, SwarmCreation, ShardStatuses {

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

  private final Shards shards;
  private final ShardWriters writers;
  private final TelemetryWriter telemetryWriter;
  private final Sessions sessions;
  private final SerialExecutors serialExecutors;
  private final SwarmDoor door;
  private final ScheduledExecutorService housekeeping;

  @Inject
  ShardedPath(
      Shards shards,
      ShardWriters writers,
      TelemetryWriter telemetryWriter,
      Sessions sessions,
      SerialExecutors serialExecutors,
      SwarmDoor door,
      ScheduledExecutorService housekeeping) {
    this.shards = shards;
    this.writers = writers;
    this.telemetryWriter = telemetryWriter;
    this.sessions = sessions;
    this.serialExecutors = serialExecutors;
    this.door = door;
    this.housekeeping = housekeeping;
  }

  @Override
  public void start() {
    writers.start();
    telemetryWriter.start();
    var unused = housekeeping.scheduleWithFixedDelay(sessions::endSilent, 1, 1, TimeUnit.SECONDS);
  }

  @Override
  public void drain(String reason) {
    sessions.drain(reason);
  }

  @Override
  public boolean finishWrites(Duration timeout) throws InterruptedException {
    boolean finished = writers.stop(timeout);
    telemetryWriter.stop();
    return finished;
  }

  @Override
  public void stop() {
    try {
      writers.stop(STOP_TIMEOUT);
      telemetryWriter.stop();
      sessions.endAll();
      serialExecutors.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public CompletionStage<Outcome> create(String name, Principal principal) {
    CompletableFuture<Outcome> created = new CompletableFuture<>();
    door.create(
        name,
        new SwarmDoor.Visitor() {
          @Override
          public void found(Shard shard, SwarmState swarm) {
            created.complete(new Outcome.Created(swarm));
          }

          @Override
          public void refused(Refusal refusal) {
            created.complete(new Outcome.Refused(refusal));
          }
        });
    return created;
  }

  @Override
  public List<ShardStatus> statuses() {
    return shards.all().stream().map(ShardedPath::status).toList();
  }

  private static ShardStatus status(Shard shard) {
    return ShardStatus.newBuilder()
        .setShard(shard.index())
        .setAppliedIndex(shard.log().durableIndex())
        .setDurableIndex(shard.log().durableIndex())
        .setEntriesCount(shard.writer().figures().entries())
        .setOperationsCount(shard.deliveries().operationsCommitted())
        .setDeliveriesCount(shard.deliveries().operationsDelivered())
        .setQueuedCommands(shard.writer().queuedCommands())
        .setQueuedBytes(shard.writer().queuedBytes())
        .setCommitP50Us(shard.writer().figures().quantileUs(0.5))
        .setCommitP99Us(shard.writer().figures().quantileUs(0.99))
        .setState("serving")
        .build();
  }
}
