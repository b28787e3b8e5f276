package dev.swarmlog.server.path;

import dev.swarmlog.server.DataPath;
import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.MemoryPressure;
import dev.swarmlog.server.Principal;
import dev.swarmlog.server.RateLimiting;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.ShardStatuses;
import dev.swarmlog.server.SwarmCompaction;
import dev.swarmlog.server.SwarmCreation;
import dev.swarmlog.server.path.accept.Sessions;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.RateGate;
import dev.swarmlog.server.path.admit.SwarmListener;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.drift.Drift;
import dev.swarmlog.server.path.telemetry.Telemetry;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.ShardStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.inject.Inject;
import javax.inject.Singleton;

/**
 * The whole path as its surroundings drive it and look at it.
 *
 * <p>Started and stopped by one thread; everything else may be called from any.
 */
@Singleton
final class ShardedPath
    implements DataPath, SwarmCreation, SwarmCompaction, RateLimiting, ShardStatuses {

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

  private final Shards shards;
  private final Telemetry telemetry;
  private final Sessions sessions;
  private final Admission admission;
  private final RateGate rateGate;
  private final Drift drift;
  private final MemoryPressure memory;
  private final DiskSpace disk;
  private final Scrubbing scrubbing;
  private final ScheduledExecutorService housekeeping;
  private final Instruments instruments;
  private final PathGauges gauges;

  @Inject
  ShardedPath(
      Shards shards,
      Telemetry telemetry,
      Sessions sessions,
      Admission admission,
      RateGate rateGate,
      Drift drift,
      MemoryPressure memory,
      DiskSpace disk,
      Scrubbing scrubbing,
      ScheduledExecutorService housekeeping,
      Instruments instruments,
      PathGauges gauges) {
    this.gauges = gauges;
    this.instruments = instruments;
    this.shards = shards;
    this.telemetry = telemetry;
    this.sessions = sessions;
    this.admission = admission;
    this.rateGate = rateGate;
    this.drift = drift;
    this.memory = memory;
    this.disk = disk;
    this.scrubbing = scrubbing;
    this.housekeeping = housekeeping;
  }

  @Override
  public void start() {
    disk.whenLow(this::writeOutBuffers);
    disk.start();
    for (Shard shard : shards.all()) {
      shard.log().swarmNames().forEach(swarm -> drift.recall(shard.log(), swarm));
      shard.writer().start();
    }
    telemetry.start();
    gauges.open();
    var unused = housekeeping.scheduleWithFixedDelay(this::lookAround, 1, 1, TimeUnit.SECONDS);
  }

  /**
   * While there is room: a store is opened again, after a kill or a write that found no room, only
   * where all that is not in files yet finds room to become files.
   */
  private void writeOutBuffers(long roomBytes) {
    long leftBytes = roomBytes;
    for (Shard shard : shards.all()) {
      leftBytes -= shard.log().writeOutBuffers(leftBytes);
    }
    telemetry.writeOutBuffers(leftBytes);
  }

  /** What is due once a second. */
  private void lookAround() {
    sessions.endSilent();
    sessions.endStalled();
    memory.sample();
    scrubbing.lookAround();
    instruments.traces().deliveries().tidy();
  }

  @Override
  public void drain(String reason) {
    rateGate.stopWaiting();
    sessions.drain(reason);
  }

  @Override
  public boolean finishWrites(Duration timeout) throws InterruptedException {
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    boolean finished = true;
    for (Shard shard : shards.all()) {
      Duration left = Duration.ofNanos(Math.max(1, deadlineNs - System.nanoTime()));
      finished &= shard.writer().stop(left);
    }
    telemetry.stop();
    return finished;
  }

  @Override
  public void stop() {
    instruments.meters().close();
    disk.close();
    try {
      finishWrites(STOP_TIMEOUT);
      sessions.close();
      instruments.traces().deliveries().close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public CompletionStage<SwarmCreation.Outcome> create(String name, Principal principal) {
    CompletableFuture<SwarmCreation.Outcome> created = new CompletableFuture<>();
    admission.create(
        name,
        new SwarmListener() {
          @Override
          public void found(Shard shard, SwarmState swarm) {
            created.complete(new SwarmCreation.Outcome.Created(swarm));
          }

          @Override
          public void refused(Refusal refusal) {
            created.complete(new SwarmCreation.Outcome.Refused(refusal));
          }
        });
    return created;
  }

  @Override
  public CompletionStage<SwarmCompaction.Outcome> compact(
      String swarm, Log log, long upToOpId, BooleanSupplier wanted) {
    return admission.compact(swarm, log, upToOpId, wanted);
  }

  @Override
  public CompletionStage<RateLimiting.Outcome> limit(String swarm, RateLimits limits) {
    return admission
        .limit(swarm, limits)
        .whenComplete((outcome, failure) -> rateGate.limitsChanged(swarm));
  }

  @Override
  public RateLimitFigures figures(String swarm) {
    return rateGate.figures(swarm);
  }

  @Override
  public List<ShardStatus> statuses() {
    return shards.all().stream().map(this::status).toList();
  }

  private ShardStatus status(Shard shard) {
    ShardWriter.Load load = shard.writer().load();
    return ShardStatus.newBuilder()
        .setShard(shard.index())
        .setAppliedIndex(shard.log().durableIndex())
        .setDurableIndex(shard.log().durableIndex())
        .setEntriesCount(load.entries())
        .setOperationsCount(shard.deliveries().operationsCommitted())
        .setDeliveriesCount(shard.deliveries().operationsDelivered())
        .setQueuedCommands(load.queuedCommands())
        .setQueuedBytes(load.queuedBytes())
        .setCommitP50Us(load.commitP50Us())
        .setCommitP99Us(load.commitP99Us())
        .setState(state(shard))
        .build();
  }

  private String state(Shard shard) {
    if (scrubbing.isDamaged(shard.index())) {
      return "damaged";
    }
    if (shard.writer().withoutRoom()) {
      return "disk full";
    }
    return disk.state() == DiskSpace.State.ENOUGH ? "serving" : "disk low";
  }
}
