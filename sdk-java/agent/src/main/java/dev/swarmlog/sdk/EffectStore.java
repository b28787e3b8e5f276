package dev.swarmlog.sdk;

import java.util.Collection;
import java.util.Optional;

/**
 * A user's own store that commits an agent's effects and its cursor in one step, so that no crash
 * can part them: each operation takes effect exactly once. Takes the place of handlers and {@link
 * CursorStore}.
 *
 * <p>Called on handler threads, one call at a time, whatever the lane.
 */
public interface EffectStore extends AutoCloseable {
  /**
   * The cursor committed last, or {@link AgentCursor#empty()}. Called once, before the agent
   * connects.
   *
   * @throws Exception if it cannot be read: the agent does not start
   */
  AgentCursor load() throws Exception;

  /**
   * The agent's key index as it was committed with the cursor, if the store keeps it: of each key
   * the last of {@link Batch#changedKeys()} that is not {@link HeldKey#isGone()}. Called once,
   * after {@link #load}. With it the agent checks its keyed state, and names what a snapshot
   * deletes.
   *
   * <p>Default: empty, the store keeps none. Then events are checked only, and where keyed state is
   * replaced the batch says so by {@link Batch#replaced()}.
   *
   * @throws Exception if it cannot be read: the agent does not start
   */
  default Optional<Collection<HeldKey>> heldKeys() throws Exception {
    return Optional.empty();
  }

  /**
   * Commits the effects of the batch and the cursor, both or neither, durably: the agent
   * acknowledges when this returns. So too {@link Batch#changedKeys()}, if the store keeps them.
   *
   * @param batch may be without operations: then only the cursor moves. Telemetry moves no cursor.
   * @param after the cursor once the batch is applied; {@link AgentCursor#toByteArray()} is its
   *     stored form
   * @throws Exception if neither was committed; {@link HandlerFailurePolicy} decides what happens
   *     next
   */
  void apply(Batch batch, AgentCursor after) throws Exception;

  /** Releases what the store holds. The agent closes the store it was given. */
  @Override
  default void close() throws Exception {}
}
