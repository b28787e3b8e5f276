package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.Shards;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.CreateSwarm;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.ErrorReason;
import java.time.Duration;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the swarm a request is for, and creates it on first use where the configuration allows
 * that.
 *
 * <p>May be called from any thread; answers at once if the swarm exists, else from the shard's
 * writer thread.
 */
public final class SwarmDoor {

  /** When to come again after a refusal for want of room. */
  public static final Duration RETRY_AFTER = Duration.ofMillis(200);

  private final Shards shards;
  private final Admission admission;
  private final Limits limits;
  private final RandomGenerator random;
  private final boolean createOnFirstUse;

  /**
   * A door to the swarms of all shards.
   *
   * @param random draws incarnations and epochs
   */
  public SwarmDoor(
      Shards shards,
      Admission admission,
      Limits limits,
      RandomGenerator random,
      boolean createOnFirstUse) {
    this.shards = shards;
    this.admission = admission;
    this.limits = limits;
    this.random = random;
    this.createOnFirstUse = createOnFirstUse;
  }

  /** Hears where the swarm is, or why not. Must not block. */
  public interface Visitor {

    void found(Shard shard, SwarmState swarm);

    void refused(Refusal refusal);
  }

  /** Finds a swarm, or creates it if that is allowed. */
  public void enter(String name, Visitor visitor) {
    Shard shard = shards.of(name);
    @Nullable SwarmState swarm = shard.log().swarm(name).orElse(null);
    if (swarm != null) {
      visitor.found(shard, swarm);
    } else if (createOnFirstUse) {
      create(name, visitor);
    } else {
      visitor.refused(notFound(name));
    }
  }

  /** Creates a swarm; refused if there is one of that name. */
  public void create(String name, Visitor visitor) {
    Refusal refusal = admission.checkName("swarm", name);
    if (refusal == null && swarmCount() >= limits.maxSwarms()) {
      refusal =
          Refusal.of(
              ErrorReason.ERROR_REASON_OVERLOADED,
              "Expected at most %d swarms, but there are as many already."
                  .formatted(limits.maxSwarms()));
    }
    if (refusal != null) {
      visitor.refused(refusal);
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
    propose(shard, command, name, visitor);
  }

  /** The refusal for a swarm that does not exist. */
  public static Refusal notFound(String name) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_SWARM_NOT_FOUND,
        "Expected an existing swarm, but there is none named '%s'.".formatted(name),
        Map.of("swarm", name));
  }

  /** The refusal for a command that found no room, or no coordinator. */
  public static Refusal notTaken(ShardWriter.Reception reception) {
    return reception == ShardWriter.Reception.FULL
        ? Refusal.of(
                ErrorReason.ERROR_REASON_OVERLOADED,
                "Expected room for one more command, but the shard's queue is full.")
            .withRetryAfter(RETRY_AFTER)
        : shuttingDown();
  }

  /** The refusal of a coordinator that stops. */
  public static Refusal shuttingDown() {
    return Refusal.of(ErrorReason.ERROR_REASON_SHUTTING_DOWN, "The coordinator is shutting down.")
        .withRetryAfter(RETRY_AFTER);
  }

  private void propose(Shard shard, Command command, String name, Visitor visitor) {
    Proposal.Listener listener =
        new Proposal.Listener() {
          @Override
          public void settled(Outcome outcome, Durability durability) {
            if (outcome instanceof Outcome.SwarmCreated created) {
              visitor.found(shard, created.swarm());
            } else if (outcome instanceof Outcome.Refused refused) {
              settleRefused(refused);
            }
          }

          private void settleRefused(Outcome.Refused refused) {
            boolean raced =
                createOnFirstUse && refused.reason() == ErrorReason.ERROR_REASON_SWARM_EXISTS;
            shard
                .log()
                .swarm(name)
                .filter(swarm -> raced)
                .ifPresentOrElse(
                    swarm -> visitor.found(shard, swarm),
                    () ->
                        visitor.refused(
                            Refusal.of(refused.reason(), refused.message(), refused.metadata())));
          }

          @Override
          public void abandoned() {
            visitor.refused(shuttingDown());
          }
        };
    ShardWriter.Reception reception =
        shard
            .writer()
            .propose(new Proposal(command, command.getSerializedSize(), listener), () -> {});
    if (reception != ShardWriter.Reception.TAKEN) {
      visitor.refused(notTaken(reception));
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
