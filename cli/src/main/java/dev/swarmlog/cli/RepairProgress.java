package dev.swarmlog.cli;

import dev.swarmlog.storage.repair.RepairListener;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;

/** Shows how far a verification or a repair has come, and hands on what is cut off. */
final class RepairProgress implements RepairListener {

  private final Output output;
  private final CutOffOperations cutOff;
  private String doing = "";

  /** Takes the operations that are not kept. */
  interface CutOffOperations {
    void add(String swarm, Log log, Operation operation);
  }

  RepairProgress(Output output, CutOffOperations cutOff) {
    this.output = output;
    this.cutOff = cutOff;
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
    cutOff.add(swarm, log, operation);
  }
}
