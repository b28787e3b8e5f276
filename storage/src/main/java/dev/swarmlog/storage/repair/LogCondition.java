package dev.swarmlog.storage.repair;

import dev.swarmlog.v1.Log;
import java.util.List;

/**
 * One log of one swarm, as far as it can be read.
 *
 * <p>A log ends where its first operation is lost: what follows cannot be numbered without it. What
 * can be read behind that is cut off, and handed out.
 *
 * @param swarm its name, or what stands for it where the name is lost
 * @param horizonOpId how far it was compacted
 * @param headOpId the last operation that is known to have been acknowledged
 * @param wholeThroughOpId up to here nothing is missing, and every operation has the hash it should
 *     have
 * @param lost operations above the horizon that cannot be read, or are not there
 * @param cutOff operations that can be read behind the first one that is lost
 * @param lostKeys live keys at the horizon whose value is lost, by scope and key as text; only what
 *     is still known of them
 * @param rebuilt what follows from the operations (state, sums, deltas) is damaged or cut, and is
 *     made anew from them
 * @param newEpoch the epoch it goes on with after a repair; 0 if it goes on as before, and before a
 *     repair
 */
public record LogCondition(
    String swarm,
    Log log,
    long horizonOpId,
    long headOpId,
    long wholeThroughOpId,
    List<OpRange> lost,
    List<OpRange> cutOff,
    List<String> lostKeys,
    boolean rebuilt,
    long newEpoch) {

  public LogCondition {
    lost = List.copyOf(lost);
    cutOff = List.copyOf(cutOff);
    lostKeys = List.copyOf(lostKeys);
  }

  /** Whether an operation is missing, or the value of a key. */
  public boolean losesSomething() {
    return !lost.isEmpty() || !cutOff.isEmpty() || !lostKeys.isEmpty();
  }

  /** The same with the epoch that a repair gave it. */
  public LogCondition withNewEpoch(long epoch) {
    return new LogCondition(
        swarm,
        log,
        horizonOpId,
        headOpId,
        wholeThroughOpId,
        lost,
        cutOff,
        lostKeys,
        rebuilt,
        epoch);
  }
}
