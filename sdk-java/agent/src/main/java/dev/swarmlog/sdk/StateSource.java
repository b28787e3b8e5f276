package dev.swarmlog.sdk;

import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;

/**
 * Says what a user's own state holds, so that it is compared with the log and mended where it
 * drifted, and not only what the agent noted of it. For {@link SwarmAgentBuilder#stateOf}.
 *
 * <p>A user who keeps a map of payloads by key for each scope:
 *
 * <pre>{@code
 * Map<Scope, Map<String, Payload>> state = new ConcurrentHashMap<>();
 * SwarmAgent.builder("localhost:7400", "build-swarm", "agent-7")
 *     .on(Topic.TOPIC_RECONCILIATION, operation -> {
 *       Map<String, Payload> held = state.computeIfAbsent(Targets.scopeOf(operation), scope -> new ConcurrentHashMap<>());
 *       if (operation.getTombstone()) held.remove(operation.getKey());
 *       else held.put(operation.getKey(), operation.getPayload());
 *     })
 *     .stateOf((scope, held) -> state.getOrDefault(scope, Map.of()).forEach(held::value))
 *     .start();
 * }</pre>
 *
 * <p>With a table it is {@code select key, type, data from state where scope = ?}, and {@code
 * held.value(…)} for each row.
 */
@FunctionalInterface
public interface StateSource {
  /**
   * Hands over every key of the scope that is held now, in any order, with its value as it was
   * published: type, content type and schema version count as well as the data. Nothing but what
   * operations of this very scope set: what is handed over and is not in the log is deleted.
   *
   * <p>Called on a handler thread, between two batches of the scope's lane, of which it sees all
   * effects; other lanes may be applying theirs. Reads all keys of the scope, so it takes as long
   * as that takes, and no batch is applied meanwhile.
   *
   * @throws Exception if the state cannot be read: nothing is compared then, until the next time
   */
  void forEach(Scope scope, Held held) throws Exception;

  /** Takes what is held. Not thread-safe, and only while the source is being asked. */
  @FunctionalInterface
  interface Held {
    /** The key is held, with this value. */
    void value(String key, Payload payload);
  }
}
