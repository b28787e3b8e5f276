package dev.swarmlog.bench.orchestrator;

import dev.swarmlog.bench.v1.Command;

/** Has commands executed by agents, and meets failures. Thread-safe. */
interface Dispatch extends AutoCloseable {

  /** Attempts at a command, the first one included, before it counts as failed. */
  int MAX_ATTEMPTS = 5;

  /** What became of a request to execute a command. */
  enum Answer {
    /** It will be executed, or is being executed already. */
    TAKEN,
    /** Not now: the agent fails too often. */
    BROKEN,
    /** Not now: too much is waiting. */
    FULL
  }

  /** Has a new command executed. */
  Answer submit(RemoteAgent agent, Command command);

  /** Has a command executed that failed before. */
  Answer retry(RemoteAgent agent, Command command);

  @Override
  void close();
}
