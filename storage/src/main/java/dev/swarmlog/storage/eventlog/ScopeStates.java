package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;

/**
 * The scopes an entry may touch, with their running sums as applied. Owned by the writer thread.
 */
final class ScopeStates {

  private static final int MAX_CACHED = 65_536;

  private final KeyValueStore store;
  private final BoundedCache<ScopeKey, ScopeState> cache = new BoundedCache<>(MAX_CACHED);

  private record ScopeKey(Swarm swarm, Topic topic, int kind, String name) {}

  /** One scope. */
  static final class ScopeState {
    final Scope scope;

    /** {@code swarm | partition | scope}: keys of `scope`, `delta` and, with a key, `history`. */
    final byte[] partitionAndScope;

    /** {@code swarm | scope}: keys of `state`. */
    final byte[] swarmAndScope;

    /** The scope as it goes into digests. */
    final byte[] digestPart;

    final Sums sums;

    private ScopeState(Scope scope, Swarm swarm, Sums sums, byte[] partitionAndScope) {
      this.scope = scope;
      this.partitionAndScope = partitionAndScope;
      this.swarmAndScope = Bytes.append(swarm.key, Scopes.encode(scope));
      this.digestPart = Scopes.digestPart(scope);
      this.sums = sums;
    }
  }

  ScopeStates(KeyValueStore store) {
    this.store = store;
  }

  /** The scope of a record that keeps the rules. */
  ScopeState get(Swarm swarm, PublishRecord record) {
    return get(swarm, record.getTopic(), record.getTarget());
  }

  ScopeState get(Swarm swarm, Scope scope) {
    return get(swarm, scope.getTopic(), scope.getTarget());
  }

  private ScopeState get(Swarm swarm, Topic topic, Target target) {
    return cache.get(
        new ScopeKey(swarm, topic, Scopes.kindOf(target), Scopes.nameOf(target)), this::load);
  }

  /** Called between entries. */
  void trim() {
    cache.trim();
  }

  private ScopeState load(ScopeKey key) {
    Scope scope = Scopes.canonical(key.topic, key.kind, key.name);
    byte[] prefix =
        Bytes.append(key.swarm.head(Scopes.logOf(key.topic)).partition, Scopes.encode(scope));
    try (RowCursor newestFirst = store.scanDescending(Family.SCOPE, prefix, Bytes.after(prefix))) {
      Sums sums = newestFirst.next() ? new Sums(newestFirst.value()) : new Sums();
      return new ScopeState(scope, key.swarm, sums, prefix);
    }
  }
}
