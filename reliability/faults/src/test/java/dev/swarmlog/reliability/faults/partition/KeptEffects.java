package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.EffectStore;
import dev.swarmlog.sdk.HeldKey;
import dev.swarmlog.v1.Scope;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Effects and cursor in one step, kept while the test runs: an agent that is started again has it.
 */
final class KeptEffects implements EffectStore {
  private record IndexKey(Scope scope, String key) {}

  private final HeldState held;
  private final boolean keepsKeys;
  private final Map<IndexKey, HeldKey> index = new HashMap<>();
  private AgentCursor cursor = AgentCursor.empty();

  KeptEffects(HeldState held, boolean keepsKeys) {
    this.held = held;
    this.keepsKeys = keepsKeys;
  }

  @Override
  public synchronized AgentCursor load() {
    return cursor;
  }

  @Override
  public synchronized Optional<Collection<HeldKey>> heldKeys() {
    return keepsKeys ? Optional.of(List.copyOf(index.values())) : Optional.empty();
  }

  @Override
  public synchronized void apply(Batch batch, AgentCursor after) {
    held.commit(batch.log(), batch.to().getOpId(), batch.operations(), batch.replaced());
    for (HeldKey key : batch.changedKeys()) {
      IndexKey place = new IndexKey(key.scope(), key.key());
      if (key.isGone()) {
        index.remove(place);
      } else {
        index.put(place, key);
      }
    }
    cursor = after;
  }
}
