package dev.swarmlog.bench.orchestrator;

import dev.swarmlog.bench.v1.Command;

/**
 * Tries again at once. A thread of the pool keeps a command until it is done or has failed {@link
 * #MAX_ATTEMPTS} times; whoever asks for it again has it tried as often again.
 */
final class ImmediateDispatch implements Dispatch {

  private final Workers workers = new Workers();

  @Override
  public Answer submit(RemoteAgent agent, Command command) {
    return workers.offer(() -> execute(agent, command)) ? Answer.TAKEN : Answer.FULL;
  }

  @Override
  public Answer retry(RemoteAgent agent, Command command) {
    return submit(agent, command);
  }

  private static void execute(RemoteAgent agent, Command command) {
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (agent.execute(command)) {
        agent.done(command);
        return;
      }
    }
    agent.failed(command);
  }

  @Override
  public void close() {
    workers.close();
  }
}
