package dev.swarmlog.server.path.drift;

import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import java.util.List;

/** Looks after one lane of an agent that reports its sums. May be used from any thread. */
public interface DriftWatch {

  /**
   * The agent says what it holds at a position that it has acknowledged.
   *
   * @param sums by scope; empty if it does not say
   * @param lastRepairId the last repair that it had applied then; 0 for none
   */
  void acknowledged(Position applied, List<ScopeSums> sums, long lastRepairId);

  /**
   * Within a sync, asks the agent which keys of a scope it holds otherwise than the log, and tells
   * the lane. On the lane's executor.
   *
   * @param at where the agent stands
   */
  void compare(Scope scope, KeyInterval keys, Position at);

  /** The agent answers a question. */
  void answered(DigestReport report);

  /** Asks the agent what it holds, and lists what is not in the log. */
  void locate(LocatedListener listener);

  /** The lane is closed. */
  void close();
}
