package dev.swarmlog.sdk;

import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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

  private static final System.Logger LOG = System.getLogger(SwarmAgent.class.getName());

  private final SwarmConnection connection;
  private final boolean ownsConnection;
  private final Hello identity;
  private final CommittedCursor cursor;
  private final AutoCloseable store;
  private final OpenTelemetry openTelemetry;
  private final AgentShell shell;
  private final QueuedListener listener;
  private final AgentMonitor monitor;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Object publisherLock = new Object();
  // Guarded by publisherLock.
  private @Nullable SwarmPublisher publisher;

  SwarmAgent(
      SwarmConnection connection,
      boolean ownsConnection,
      Hello identity,
      Set<Log> logs,
      BatchApplication application,
      CommittedCursor cursor,
      Function<Log, LaneLedger> ledgers,
      AutoCloseable store,
      HandlerFailurePolicy policy,
      AgentListener listener,
      @Nullable Long stateIntervalNs,
      OpenTelemetry openTelemetry) {
    this.connection = connection;
    this.ownsConnection = ownsConnection;
    this.identity = identity;
    this.cursor = cursor;
    this.store = store;
    this.openTelemetry = openTelemetry;
    AgentTracing tracing =
        new AgentTracing(
            new Instruments(openTelemetry, identity.getSwarm(), identity.getAgent()),
            identity.getAgent());
    this.listener = new QueuedListener(listener, new SerialExecutor(connection.executor()));
    AgentLog programLog =
        new AgentLog(
            identity.getSwarm(),
            identity.getAgent(),
            connection.target(),
            connection.clock(),
            connection::nanoTime);
    this.monitor = new AgentMonitor(programLog, this.listener);
    this.shell =
        new AgentShell(
            connection,
            identity,
            logs,
            cursor.get(),
            logs.stream()
                .filter(log -> ledgers.apply(log).lacksKeys())
                .collect(Collectors.toUnmodifiableSet()),
            monitor,
            stateIntervalNs,
            new SyncSpans(tracing),
            answers -> {
              Map<Log, LaneHandler> handlers = new EnumMap<>(Log.class);
              for (Log lane : logs) {
                handlers.put(
                    lane,
                    new LaneHandler(
                        lane,
                        connection.executor(),
                        ledgers.apply(lane),
                        application,
                        policy,
                        this.listener,
                        answers,
                        connection.random(),
                        connection::nanoTime,
                        new HandlerLog(identity.getSwarm(), identity.getAgent(), lane),
                        tracing));
              }
              return handlers;
            });
  }

  void start() {
    shell.start();
  }

  /** The agent's name. */
  public String name() {
    return identity.getAgent();
  }

  /**
   * A publisher under the agent's name, over its connection; always the same one, closed with the
   * agent. It tells the agent's listener, and records where the agent does.
   */
  public SwarmPublisher publisher() {
    synchronized (publisherLock) {
      if (publisher == null) {
        publisher =
            SwarmPublisher.builder(connection, identity.getSwarm(), identity.getAgent())
                .listener(monitor)
                .openTelemetry(openTelemetry)
                .start();
      }
      return publisher;
    }
  }

  /** Of each log the last position applied and committed. */
  public Map<Log, Position> positions() {
    return cursor.get().positions();
  }

  /** What the agent is doing. */
  public AgentState state() {
    return monitor.state();
  }

  /** How far the coordinator's clock is ahead of ours, once a heartbeat has been answered. */
  public Optional<ClockOffset> clockOffset() {
    return shell.clockOffset();
  }

  /**
   * Waits until every lane has caught up in the current session.
   *
   * @throws TimeoutException if that takes longer
   * @throws TerminalException if the agent has stopped, or stops
   */
  public void awaitCaughtUp(Duration timeout) throws InterruptedException, TimeoutException {
    AgentState reached =
        monitor.await(state -> state == AgentState.LIVE || state.isFinal(), timeout);
    if (reached == AgentState.LIVE) {
      return;
    }
    if (!reached.isFinal()) {
      throw new TimeoutException(
          "Expected agent '%s' to catch up within %s, but it is %s"
              .formatted(name(), timeout, reached));
    }
    TerminalException why = monitor.refusal();
    throw why != null
        ? why
        : Failure.localTerminal("Expected the agent to be open, but it was closed", null)
            .toTerminal();
  }

  /**
   * Stops reading, lets the batches in handlers finish, for at most 10 seconds, acknowledges them,
   * and ends the session. Called from a handler, or from a call of the listener that handlers wait
   * for, it returns at once, and the rest happens after that.
   */
  @Override
  public void close() {
    close(Duration.ofSeconds(10));
  }

  /** As {@link #close()}, waiting for handlers for at most this long. */
  public void close(Duration drainTimeout) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    shell.close();
    if (shell.isInHandler() || listener.isCurrentThread()) {
      Thread finishing = new Thread(() -> finishClosing(drainTimeout), "swarmlog-close-" + name());
      finishing.setDaemon(true);
      finishing.start();
    } else {
      finishClosing(drainTimeout);
    }
  }

  private void finishClosing(Duration drainTimeout) {
    try {
      monitor.await(AgentState::isFinal, drainTimeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    shell.abort();
    cursor.close();
    shell.abandonSpans();
    closePublisher(drainTimeout);
    try {
      store.close();
    } catch (Exception e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Closing the store of " + AgentLog.name(identity.getSwarm(), name()) + " failed",
          e);
    }
    if (ownsConnection) {
      connection.close();
    }
  }

  private void closePublisher(Duration timeout) {
    SwarmPublisher closing;
    synchronized (publisherLock) {
      closing = publisher;
    }
    if (closing != null) {
      closing.close(timeout);
    }
  }
}
