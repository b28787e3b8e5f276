package dev.swarmlog.bench.storm;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Notes of every command when it was first handed to its agent, and when its handler first
 * succeeded; what comes again changes nothing. Times are nanoseconds since the beginning.
 * Thread-safe.
 */
final class CommandLedger {

  private static final long NEVER = -1;

  private final int commandsPerSwarm;
  private final AtomicLongArray deliveredNs;
  private final AtomicLongArray doneNs;
  private final AtomicIntegerArray attempts;
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong lastDoneNs = new AtomicLong();

  CommandLedger(int swarms, int commandsPerSwarm) {
    this.commandsPerSwarm = commandsPerSwarm;
    int commands = Math.multiplyExact(swarms, commandsPerSwarm);
    this.deliveredNs = new AtomicLongArray(commands);
    this.doneNs = new AtomicLongArray(commands);
    this.attempts = new AtomicIntegerArray(commands);
    for (int i = 0; i < commands; i++) {
      deliveredNs.setPlain(i, NEVER);
      doneNs.setPlain(i, NEVER);
    }
  }

  /** An attempt begins: the how manieth of this command it is, from 1. */
  int attempted(int swarm, int command, long nowNs) {
    int index = index(swarm, command);
    deliveredNs.compareAndSet(index, NEVER, nowNs);
    return attempts.incrementAndGet(index);
  }

  /** An attempt succeeded: whether it was the first one. */
  boolean succeeded(int swarm, int command, long nowNs) {
    if (!doneNs.compareAndSet(index(swarm, command), NEVER, nowNs)) {
      return false;
    }
    done.incrementAndGet();
    lastDoneNs.accumulateAndGet(nowNs, Math::max);
    return true;
  }

  /** Commands that are done. */
  long done() {
    return done.get();
  }

  /** When a command was last done. */
  long lastDoneNs() {
    return lastDoneNs.get();
  }

  boolean isDone(int swarm, int command) {
    return doneNs(swarm, command) != NEVER;
  }

  boolean isDelivered(int swarm, int command) {
    return deliveredNs(swarm, command) != NEVER;
  }

  /** When a command was done; negative if it is not. */
  long doneNs(int swarm, int command) {
    return doneNs.get(index(swarm, command));
  }

  /** When a command was first handed to its agent; negative if it was not. */
  long deliveredNs(int swarm, int command) {
    return deliveredNs.get(index(swarm, command));
  }

  /** How many commands there are. */
  long commands() {
    return doneNs.length();
  }

  private int index(int swarm, int command) {
    return swarm * commandsPerSwarm + command;
  }
}
