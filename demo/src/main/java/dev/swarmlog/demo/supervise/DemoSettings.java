package dev.swarmlog.demo.supervise;

import dev.swarmlog.demo.agent.Injection;
import dev.swarmlog.demo.survey.SourceTree;

/**
 * What a run of the demo is to be.
 *
 * @param agents 1 to 99
 * @param processes 1 to agents: how many processes they are spread over
 * @param seconds how long rounds of the survey go on
 * @param seed chooses which process is killed, and where a fault is injected
 */
public record DemoSettings(
    SourceTree tree,
    int agents,
    int processes,
    int seconds,
    DataFolder data,
    Injection injection,
    long seed) {}
