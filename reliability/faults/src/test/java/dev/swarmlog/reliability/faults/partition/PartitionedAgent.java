package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.conformance.proxy.Link;
import dev.swarmlog.sdk.AgentState;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmAgentBuilder;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An agent and a publisher of the Java SDK behind a link of their own, with what the agent holds.
 * One thread starts it again; any may ask.
 */
final class PartitionedAgent implements AutoCloseable {
  /** Until a restarted agent has let go of what it holds in vain; it is cut off, mostly. */
  private static final Duration CLOSING = Duration.ofMillis(200);

  private final AgentScopes scopes;
  private final EffectStyle style;
  private final String swarm;
  private final Path folder;
  private final Link link;
  private final SwarmConnection publishing;
  private final SwarmPublisher publisher;
  private volatile HeldState held = new HeldState();
  private final KeptEffects effects;
  private volatile AgentTold told = new AgentTold();
  private volatile SwarmAgent agent;

  /**
   * Starts one.
   *
   * @param port the coordinator's
   * @param folder of its cursor
   */
  PartitionedAgent(String swarm, AgentScopes scopes, EffectStyle style, int port, Path folder)
      throws IOException {
    this.swarm = swarm;
    this.scopes = scopes;
    this.style = style;
    this.folder = folder.resolve(scopes.agent());
    this.link = new Link(port);
    this.effects = new KeptEffects(held, style == EffectStyle.EFFECTS_WITH_KEYS);
    this.publishing = SwarmConnection.to(target());
    this.publisher = SwarmPublisher.builder(publishing, swarm, scopes.agent()).start();
    this.agent = start();
  }

  private String target() {
    return "localhost:" + link.port();
  }

  private SwarmAgent start() {
    SwarmAgentBuilder builder =
        SwarmAgent.builder(target(), swarm, scopes.agent()).view(scopes.declared()).listener(told);
    scopes.roles().forEach(builder::role);
    HeldState state = held;
    switch (style) {
      case HANDLERS_WITH_CURSOR, HANDLERS_WITHOUT_CURSOR ->
          AgentScopes.TOPICS.forEach(
              topic -> {
                builder.on(topic, operation -> state.apply(logOf(operation), List.of(operation)));
                builder.onDelete(
                    topic, operation -> state.apply(logOf(operation), List.of(operation)));
              });
      case BATCHES_WITH_CURSOR -> builder.onBatch(batch -> applyBatch(state, batch));
      case EFFECTS_WITH_KEYS, EFFECTS_WITHOUT_KEYS -> builder.effects(effects);
    }
    switch (style) {
      case HANDLERS_WITH_CURSOR, BATCHES_WITH_CURSOR ->
          builder.cursorStore(new NotedCursor(CursorStore.onDisk(folder), state));
      case HANDLERS_WITHOUT_CURSOR ->
          builder.cursorStore(new NotedCursor(CursorStore.inMemory(), state));
      default -> {}
    }
    return builder.start();
  }

  private static void applyBatch(HeldState state, Batch batch) {
    state.apply(batch.log(), batch.operations());
  }

  private static Log logOf(Operation operation) {
    return AgentScopes.logOf(operation.getTopic());
  }

  /** Starts it again, with what its style of effects has kept. */
  void restart() {
    agent.close(CLOSING);
    if (style == EffectStyle.HANDLERS_WITHOUT_CURSOR) {
      held = new HeldState();
      told = new AgentTold();
    } else {
      held.forgetUncommitted();
    }
    agent = start();
  }

  String name() {
    return scopes.agent();
  }

  EffectStyle style() {
    return style;
  }

  AgentScopes scopes() {
    return scopes;
  }

  Link link() {
    return link;
  }

  HeldState held() {
    return held;
  }

  AgentTold told() {
    return told;
  }

  SwarmPublisher publisher() {
    return publisher;
  }

  AgentState state() {
    return agent.state();
  }

  /** Whether it is live, and has applied all of its view in these logs. */
  boolean isThrough(Map<Log, List<Operation>> logs) {
    Map<Log, Position> positions = agent.positions();
    return agent.state() == AgentState.LIVE
        && logs.entrySet().stream()
            .allMatch(
                log -> {
                  Position position = positions.get(log.getKey());
                  long last = lastOpId(log.getValue());
                  return last == 0 || (position != null && position.getOpId() >= last);
                });
  }

  private long lastOpId(List<Operation> log) {
    Set<?> view = scopes.resolved();
    for (int i = log.size() - 1; i >= 0; i--) {
      if (view.contains(Targets.scopeOf(log.get(i)))) {
        return log.get(i).getOpId();
      }
    }
    return 0;
  }

  /** How it stands, for people. */
  @Override
  public String toString() {
    return "%s (%s, %s)".formatted(name(), style, scopes);
  }

  @Override
  public void close() {
    link.close();
    agent.close(CLOSING);
    publisher.close(CLOSING);
    publishing.close();
  }
}
