package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import java.util.List;

/**
 * How a sync of one log ended: what came, and whether the agent holds what it should hold.
 *
 * @param from where the agent stood
 * @param target where it stands now
 * @param plan PLAN_DELTA also where a live agent fell behind
 * @param exact the coordinator knew what the agent held; then {@code redundant} is expected to be 0
 * @param received operations that came: of the delta, not of snapshot pages
 * @param redundant keyed operations among them that changed nothing; 0 where the agent keeps no key
 *     index
 * @param mismatches where the agent's sums and counts differ from the coordinator's, in words;
 *     empty if it is proven that the agent holds what it should hold
 */
public record SyncReport(
    Log log,
    Position from,
    Position target,
    Plan plan,
    boolean exact,
    long received,
    long redundant,
    List<String> mismatches) {}
