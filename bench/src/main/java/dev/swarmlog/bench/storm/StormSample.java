package dev.swarmlog.bench.storm;

/**
 * How a contender did in one second of a run.
 *
 * @param second since the beginning, from 1
 * @param phase of that second
 * @param storming whether the misbehaving agent misbehaved in it
 * @param failing whether handlers failed at times in it
 * @param cpuCores processor time of the coordinator's process, in seconds per second
 * @param goodputPerSec commands done for the first time
 * @param p50Ms of the latency of what healthy agents did in that second, from when it was due; 0 if
 *     they did nothing
 * @param p99Ms the same
 * @param stormRequestsPerSec of the misbehaving agent
 */
public record StormSample(
    ContenderKind contender,
    int second,
    Phase phase,
    boolean storming,
    boolean failing,
    double cpuCores,
    double goodputPerSec,
    double p50Ms,
    double p99Ms,
    double stormRequestsPerSec) {}
