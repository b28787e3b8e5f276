package dev.swarmlog.cli;

import dev.swarmlog.storage.repair.RepairListener;
import dev.swarmlog.storage.repair.ShardCondition;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;

/** Shows how far a verification or a repair has come, and hands on what is cut off. */
final class RepairProgress implements RepairListener {

  private final Output output;
  private final RepairListener record;
  private String doing = "";

  /**
   * Prepares to listen.
   *
   * @param record hears of what is not kept
   */
  RepairProgress(Output output, RepairListener record) {
    this.output = output;
    this.record = record;
  }

  @Override
  public void began(String what) {
    doing = what;
    output.progress(what);
  }

  @Override
  public void rows(long count) {
    output.progress("%s: %,d rows".formatted(doing, count));
  }

  @Override
  public void cutOff(String swarm, Log log, Operation operation) {
    record.cutOff(swarm, log, operation);
  }

  @Override
  public void built(ShardCondition condition) {
    record.built(condition);
  }
}
