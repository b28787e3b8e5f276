package dev.swarmlog.reliability.history.coordinator;

import dev.swarmlog.reliability.bug.LateEffects;
import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.HeldKey;
import dev.swarmlog.sdk.OperationHandler;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Topic;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * An agent that dies as soon as its cursor has been saved, and comes back. What took effect and the
 * cursor survive it; an agent that is dead does neither.
 */
final class MortalAgent {

  private static final int PATIENCE_SECONDS = 30;

  private final String target;
  private final boolean withBug;
  private final CursorStore saved = CursorStore.inMemory();
  private final Set<Long> effects = new ConcurrentSkipListSet<>();

  /**
   * An agent that has not started yet.
   *
   * @param withBug it saves its cursor before what lies below takes effect
   */
  MortalAgent(String target, boolean withBug) {
    this.target = target;
    this.withBug = withBug;
  }

  /**
   * Lives until it has saved a cursor at or above an operation for the first time, and dies then.
   */
  void liveUntilSaved(long opId) throws Exception {
    Life life = new Life(opId, /* dies= */ true);
    life.run();
  }

  /** Lives until it has saved a cursor at or above an operation, and stops in an orderly way. */
  void liveThrough(long opId) throws Exception {
    Life life = new Life(opId, /* dies= */ false);
    life.run();
  }

  /** IDs of operations that took effect. */
  Set<Long> effects() {
    return effects;
  }

  private final class Life implements CursorStore {
    private final long untilOpId;
    private final boolean dies;
    private final CountDownLatch reached = new CountDownLatch(1);
    private volatile boolean dead;

    Life(long untilOpId, boolean dies) {
      this.untilOpId = untilOpId;
      this.dies = dies;
    }

    void run() throws Exception {
      OperationHandler effect = this::effect;
      LateEffects late = new LateEffects(this);
      SwarmAgent agent =
          SwarmAgent.builder(target, ConcurrentHistory.SWARM, "mortal")
              .on(Topic.TOPIC_COMMANDS, "test.v1.Text", withBug ? late.late(effect) : effect)
              .cursorStore(withBug ? late : this)
              .start();
      try {
        if (!reached.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException(
              "Expected the agent to save a cursor at "
                  + untilOpId
                  + ", but it did not within "
                  + PATIENCE_SECONDS
                  + " s");
        }
      } finally {
        agent.close();
      }
    }

    private void effect(Operation operation) {
      if (!dead) {
        effects.add(operation.getOpId());
      }
    }

    @Override
    public AgentCursor load() {
      return saved.load();
    }

    @Override
    public Collection<HeldKey> heldKeys() {
      return saved.heldKeys();
    }

    @Override
    public void save(AgentCursor cursor, List<HeldKey> changed) {
      if (dead) {
        throw new IllegalStateException("Expected a living agent, but it is dead");
      }
      saved.save(cursor, changed);
      if (isReached(cursor)) {
        dead = dies;
        reached.countDown();
      }
    }

    private boolean isReached(AgentCursor cursor) {
      return cursor.positions().values().stream()
          .anyMatch(position -> position.getOpId() >= untilOpId);
    }
  }
}
