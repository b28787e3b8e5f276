package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/**
 * A running agent: follows its view of a swarm's log, applies every operation in order, at least
 * once, keeps its cursor, and reconnects for ever. Thread-safe.
 *
 * <pre>{@code
 * SwarmAgent agent =
 *     SwarmAgent.builder("localhost:7400", "build-swarm", "agent-7")
 *         .on(Topic.TOPIC_COMMANDS, Assignment.class, (operation, assignment) -> work(assignment))
 *         .cursorStore(CursorStore.onDisk(Path.of("agent-7")))
 *         .start();
 * }</pre>
 *
 * <p>Handlers run on the connection's executor, one at a time per lane (control, main, telemetry),
 * so a slow command holds up neither control operations nor heartbeats. While a batch is being
 * applied no further one is read, and the coordinator feels a closed window. Handlers may publish.
 */
public final class SwarmAgent implements AutoCloseable {

  /** An agent with a connection of its own to "host:port". */
  public static SwarmAgentBuilder builder(String target, String swarm, String agent) {
    return new SwarmAgentBuilder(target, swarm, agent);
  }

  /** An agent over a shared connection, which closing the agent leaves open. */
  public static SwarmAgentBuilder builder(SwarmConnection connection, String swarm, String agent) {
    return new SwarmAgentBuilder(connection, swarm, agent);
  }

  private SwarmAgent() {}

  /** A publisher under the agent's name, over its connection; closed with the agent. */
  public SwarmPublisher publisher() {
    throw new UnsupportedOperationException();
  }

  /** Of each log the last position applied and committed. */
  public Map<Log, Position> positions() {
    throw new UnsupportedOperationException();
  }

  /** What the agent is doing. */
  public AgentState state() {
    throw new UnsupportedOperationException();
  }

  /** How far the coordinator's clock is ahead of ours, once a heartbeat has been answered. */
  public Optional<ClockOffset> clockOffset() {
    throw new UnsupportedOperationException();
  }

  /**
   * Waits until every lane has caught up in the current session.
   *
   * @throws TimeoutException if that takes longer
   * @throws TerminalException if the agent has stopped, or stops
   */
  public void awaitCaughtUp(Duration timeout) throws InterruptedException, TimeoutException {
    throw new UnsupportedOperationException();
  }

  /**
   * Stops reading, lets the batches in handlers finish, for at most 10 seconds, acknowledges them,
   * and ends the session. Called from a handler it does not wait for it.
   */
  @Override
  public void close() {
    close(Duration.ofSeconds(10));
  }

  /** As {@link #close()}, waiting for handlers for at most this long. */
  public void close(Duration drainTimeout) {
    throw new UnsupportedOperationException();
  }
}
