package dev.swarmlog.bench.storm;

import java.time.Duration;

/**
 * What is measured: a coordinator in a process of its own, and its agents and publishers in this
 * one. Started, stormed at and closed by the run's own thread; commands come from a thread per
 * swarm.
 */
interface Contender extends AutoCloseable {

  /** Connects all agents and publishers; returns when all can be reached. */
  void connect() throws Exception;

  /**
   * Publishes a command that is due. Does not wait until it is done, and tries again by itself
   * where it is refused.
   */
  void publish(int swarm, int command);

  /** The misbehaving agent begins to misbehave; {@link RetryLoop} drives what it does. */
  BrokenAgent beginStorm() throws Exception;

  /** It is as the others again, and does what it failed to do. */
  void endStorm() throws Exception;

  /**
   * After how long without progress, once all is over, what is not done counts as lost: longer than
   * the contender may make an agent wait.
   */
  Duration patience();

  /** Processor time of the coordinator's process so far. */
  Duration cpu();

  @Override
  void close() throws Exception;
}
