/**
 * The retry storm: the same commands, failures and misbehaving agent for a synchronous orchestrator
 * and for Swarmlog, each in a process of its own, one after the other.
 *
 * <p>{@link dev.swarmlog.bench.storm.RetryStorm} is the way in. Which command is due when, and for
 * whom, is fixed beforehand ({@link dev.swarmlog.bench.storm.StormWorkload}); a {@link
 * dev.swarmlog.bench.storm.CommandLedger} notes when each was done; {@link
 * dev.swarmlog.bench.storm.StormResult} is computed from that after the run.
 */
@NullMarked
package dev.swarmlog.bench.storm;

import org.jspecify.annotations.NullMarked;
