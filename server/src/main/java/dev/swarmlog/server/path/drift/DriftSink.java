package dev.swarmlog.server.path.drift;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.Repair;

/** The sending side of the lane that is watched. Called on the lane's executor; must not block. */
public interface DriftSink {

  void query(DigestQuery query);

  void repair(Repair repair);

  /** Something that the agent said is passed over. Nothing else happens. */
  void notice(Refusal about);

  /** The agent broke the contract, or is not to be fed any more. */
  void refuse(Refusal refusal);
}
