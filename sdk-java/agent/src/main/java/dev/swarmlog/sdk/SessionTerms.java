package dev.swarmlog.sdk;

import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.Welcome;
import java.util.concurrent.TimeUnit;

/**
 * What the coordinator agreed to for one session.
 *
 * @param deltas what comes is a minimal delta, else every operation that is missing
 * @param drift what the agent holds is compared with the log
 * @param driftIntervalNs how often sums are looked at; 0 if only after repairs
 * @param nacks operations may be refused
 * @param choosesTraced deliveries say which operations are to be recorded
 */
record SessionTerms(
    boolean deltas, boolean drift, long driftIntervalNs, boolean nacks, boolean choosesTraced) {

  static SessionTerms of(Welcome welcome) {
    long accepted = welcome.getCapabilities();
    return new SessionTerms(
        (accepted & Capability.CAPABILITY_SYNC_VALUE) != 0,
        (accepted & Capability.CAPABILITY_DRIFT_VALUE) != 0,
        TimeUnit.MILLISECONDS.toNanos(welcome.getLimits().getDriftCheckIntervalMs()),
        (accepted & Capability.CAPABILITY_NACK_VALUE) != 0,
        welcome.getChoosesTraced());
  }
}
