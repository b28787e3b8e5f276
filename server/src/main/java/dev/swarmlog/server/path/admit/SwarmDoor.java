package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.RateLimiting;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.SwarmCompaction;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.Shards;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.CreateSwarm;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.RateLimits;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the swarm a request is for, and creates it on first use where the configuration allows
 * that.
 *
 * <p>May be called from any thread; answers at once if the swarm exists, else from the shard's
 * writer thread.
 */
final class SwarmDoor {

  private final Shards shards;
  private final Limits limits;
  private final RandomGenerator random;
  private final boolean createOnFirstUse;

  /**
   * A door to the swarms of all shards.
   *
   * @param random draws incarnations and epochs
   */
  SwarmDoor(Shards shards, Limits limits, RandomGenerator random, boolean createOnFirstUse) {
    this.shards = shards;
    this.limits = limits;
    this.random = random;
    this.createOnFirstUse = createOnFirstUse;
  }

  /** Finds a swarm, or creates it if that is allowed. */
  void enter(String name, SwarmListener listener) {
    Shard shard = shards.of(name);
    @Nullable SwarmState swarm = shard.log().swarm(name).orElse(null);
    if (swarm != null) {
      listener.found(shard, swarm);
    } else if (createOnFirstUse) {
      create(name, true, listener);
    } else {
      listener.refused(Admission.notFound(name));
    }
  }

  /** Creates a swarm; refused if there is one of that name. */
  void create(String name, SwarmListener listener) {
    create(name, false, listener);
  }

  /** Compacts a log of a swarm; refused if there is none of that name. */
  CompletionStage<SwarmCompaction.Outcome> compact(
      String name, Log log, long upToOpId, BooleanSupplier wanted) {
    return new CompactionRun(shards.of(name), name, log, upToOpId, wanted).start();
  }

  /** Replaces the rate limits of a swarm; refused if there is none of that name. */
  CompletionStage<RateLimiting.Outcome> limit(String name, RateLimits rateLimits) {
    return new LimitChange().start(shards.of(name), name, rateLimits);
  }

  private void create(String name, boolean orFind, SwarmListener listener) {
    Refusal refusal = Names.check("swarm", name, limits.maxNameBytes());
    if (refusal == null && swarmCount() >= limits.maxSwarms()) {
      refusal =
          Refusal.of(
              ErrorReason.ERROR_REASON_OVERLOADED,
              "Expected at most %d swarms, but there are as many already."
                  .formatted(limits.maxSwarms()));
    }
    if (refusal != null) {
      listener.refused(refusal);
      return;
    }
    Shard shard = shards.of(name);
    Command command =
        Command.newBuilder()
            .setCreateSwarm(
                CreateSwarm.newBuilder()
                    .setName(name)
                    .setIncarnation(nonZero())
                    .setEpoch(nonZero()))
            .build();
    propose(shard, command, name, orFind, listener);
  }

  private void propose(
      Shard shard, Command command, String name, boolean orFind, SwarmListener listener) {
    Proposal.Listener settled =
        new Proposal.Listener() {
          @Override
          public void settled(Outcome outcome, Durability durability) {
            if (outcome instanceof Outcome.SwarmCreated created) {
              listener.found(shard, created.swarm());
            } else if (outcome instanceof Outcome.Refused refused) {
              settleRefused(refused);
            }
          }

          private void settleRefused(Outcome.Refused refused) {
            boolean raced = orFind && refused.reason() == ErrorReason.ERROR_REASON_SWARM_EXISTS;
            shard
                .log()
                .swarm(name)
                .filter(swarm -> raced)
                .ifPresentOrElse(
                    swarm -> listener.found(shard, swarm),
                    () ->
                        listener.refused(
                            Refusal.of(refused.reason(), refused.message(), refused.metadata())));
          }

          @Override
          public void abandoned() {
            listener.refused(Admission.shuttingDown());
          }
        };
    ShardWriter.Reception reception =
        shard
            .writer()
            .propose(new Proposal(Flow.NEW_SWARMS, command, command.getSerializedSize(), settled));
    if (reception != ShardWriter.Reception.TAKEN) {
      listener.refused(Admission.notTaken(reception));
    }
  }

  private long swarmCount() {
    return shards.all().stream().mapToLong(shard -> shard.log().swarmNames().size()).sum();
  }

  private long nonZero() {
    long drawn = random.nextLong();
    return drawn == 0 ? 1 : drawn;
  }
}
