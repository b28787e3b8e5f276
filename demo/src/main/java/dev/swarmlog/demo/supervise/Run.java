package dev.swarmlog.demo.supervise;

import dev.swarmlog.demo.checker.Verdict;

/**
 * How a run went.
 *
 * @param agentKills agent processes killed
 * @param coordinatorKills times the coordinator was killed
 * @param driftInjected rows of an agent's table that were changed behind its back
 * @param driftHealed of them, those that the coordinator found and healed
 * @param inFlightAtKill the fewest assignments that were sent and without a result when a kill
 *     came; 0 if none did
 * @param lagP50Ms over all operations and agents, faults included
 * @param negativeLags applications that, by the clocks, came before the append; in no percentile
 */
public record Run(
    Verdict verdict,
    int agentKills,
    int coordinatorKills,
    int driftInjected,
    int driftHealed,
    long inFlightAtKill,
    double lagP50Ms,
    double lagP99Ms,
    long negativeLags) {}
