package dev.swarmlog.sdk;

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
   * Commits the effects of the batch and the cursor, both or neither, durably: the agent
   * acknowledges when this returns.
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
