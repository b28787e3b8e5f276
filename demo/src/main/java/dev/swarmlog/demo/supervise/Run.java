package dev.swarmlog.demo.supervise;

import dev.swarmlog.demo.checker.Verdict;

/**
 * How a run went.
 *
 * @param agentKills agent processes killed
 * @param coordinatorKills times the coordinator was killed
 * @param inFlightAtKill the fewest assignments that were sent and without a result when a kill
 *     came; 0 if none did
 * @param lagP50Ms over all operations and agents, faults included
 * @param negativeLags applications that, by the clocks, came before the append; in no percentile
 */
public record Run(
    Verdict verdict,
    int agentKills,
    int coordinatorKills,
    long inFlightAtKill,
    double lagP50Ms,
    double lagP99Ms,
    long negativeLags) {}
