/**
 * Workloads that measure a coordinator from outside: the coordinator in a process of its own, the
 * clients in this one, through the SDK.
 *
 * <p>{@link dev.swarmlog.bench.BenchCommand} is the way in. A workload checks what it measures: a
 * figure of a run that lost, doubled or reordered anything is not reported as a result.
 */
@NullMarked
package dev.swarmlog.bench;

import org.jspecify.annotations.NullMarked;
