package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;

/** A key, in the scope in which it lives. */
record ScopedKey(Scope scope, String key) {
  static ScopedKey of(Operation operation) {
    return new ScopedKey(Targets.scopeOf(operation), operation.getKey());
  }

  @Override
  public String toString() {
    return (scope + "/" + key).replace('\n', ' ');
  }
}
