package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.RateLimiting;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.SetRateLimits;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.RateLimits;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Has the rate limits of a swarm replaced. Begun by any thread, ended by the shard's writer. */
final class LimitChange implements Proposal.Listener {

  private final CompletableFuture<RateLimiting.Outcome> ended = new CompletableFuture<>();

  CompletionStage<RateLimiting.Outcome> start(Shard shard, String swarm, RateLimits limits) {
    Command command =
        Command.newBuilder()
            .setSetRateLimits(SetRateLimits.newBuilder().setSwarm(swarm).setRateLimits(limits))
            .build();
    ShardWriter.Reception reception =
        shard
            .writer()
            .propose(new Proposal(Flow.ofSwarm(swarm), command, command.getSerializedSize(), this));
    if (reception != ShardWriter.Reception.TAKEN) {
      refuse(Admission.notTaken(reception));
    }
    return ended;
  }

  @Override
  public void settled(Outcome outcome, Durability durability) {
    if (outcome instanceof Outcome.RateLimitsSet set) {
      ended.complete(new RateLimiting.Outcome.Set(set.rateLimits()));
    } else if (outcome instanceof Outcome.Refused refused) {
      refuse(Refusal.of(refused.reason(), refused.message(), refused.metadata()));
    }
  }

  @Override
  public void abandoned() {
    refuse(Admission.shuttingDown());
  }

  private void refuse(Refusal refusal) {
    ended.complete(new RateLimiting.Outcome.Refused(refusal));
  }
}
