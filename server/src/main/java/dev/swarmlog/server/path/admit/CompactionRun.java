package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.SwarmCompaction;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Compact;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.Log;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * Compacts one log by one command after the other, each in an entry of its own, so that what others
 * publish goes in between. Begun by any thread, gone on with by the shard's writer thread.
 */
final class CompactionRun implements Proposal.Listener {

  /** Commands of one run; part of the contract of {@code CompactSwarm}. */
  static final int MAX_COMMANDS = 16;

  private final Shard shard;
  private final Flow flow;
  private final Command command;
  private final BooleanSupplier wanted;
  private final CompletableFuture<SwarmCompaction.Outcome> ended = new CompletableFuture<>();
  private int commandsLeft = MAX_COMMANDS;

  /** Where the command before left the horizon. */
  private long lastHorizonOpId = -1;

  CompactionRun(Shard shard, String swarm, Log log, long upToOpId, BooleanSupplier wanted) {
    this.shard = shard;
    this.flow = Flow.ofSwarm(swarm);
    this.wanted = wanted;
    this.command =
        Command.newBuilder()
            .setCompact(Compact.newBuilder().setSwarm(swarm).setLog(log).setUpToOpId(upToOpId))
            .build();
  }

  CompletionStage<SwarmCompaction.Outcome> start() {
    propose();
    return ended;
  }

  private void propose() {
    commandsLeft--;
    ShardWriter.Reception reception =
        shard.writer().propose(new Proposal(flow, command, command.getSerializedSize(), this));
    if (reception != ShardWriter.Reception.TAKEN) {
      refuse(Admission.notTaken(reception));
    }
  }

  @Override
  public void settled(Outcome outcome, Durability durability) {
    if (outcome instanceof Outcome.Compacted compacted) {
      goOn(compacted);
    } else if (outcome instanceof Outcome.Refused refused) {
      refuse(Refusal.of(refused.reason(), refused.message(), refused.metadata()));
    }
  }

  private void goOn(Outcome.Compacted compacted) {
    long horizonOpId = compacted.horizonOpId();
    // One that shares its entry with another command for the log does not move it either.
    boolean complete =
        horizonOpId >= command.getCompact().getUpToOpId()
            || !compacted.moved() && horizonOpId == lastHorizonOpId;
    lastHorizonOpId = horizonOpId;
    if (complete || commandsLeft == 0 || !wanted.getAsBoolean()) {
      ended.complete(new SwarmCompaction.Outcome.Compacted(horizonOpId, complete));
    } else {
      propose();
    }
  }

  @Override
  public void abandoned() {
    refuse(Admission.shuttingDown());
  }

  private void refuse(Refusal refusal) {
    ended.complete(new SwarmCompaction.Outcome.Refused(refusal));
  }
}
