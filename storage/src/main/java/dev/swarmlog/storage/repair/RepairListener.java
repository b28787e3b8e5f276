package dev.swarmlog.storage.repair;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;

/** Hears how a verification or a repair goes on. Called by the thread that does it. */
public interface RepairListener {

  /** Nobody wants to hear. */
  RepairListener NONE = new RepairListener() {};

  /**
   * Something is about to be read or written.
   *
   * @param what such as {@code shard 0: reading log}
   */
  default void began(String what) {}

  /** So many rows of it are done by now; called often. */
  default void rows(long count) {}

  /**
   * A shard was built anew and takes the place of the damaged one next: what is to be known of that
   * has to be durable when this returns, as this process may be killed.
   *
   * @param condition what was found and lost, with the new epochs
   */
  default void built(ShardCondition condition) {}

  /** An operation that can be read and is not kept, as the log ends before it. */
  default void cutOff(String swarm, Log log, Operation operation) {}
}
