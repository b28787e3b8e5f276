package dev.swarmlog.sdk;

import dev.swarmlog.v1.Scope;

/**
 * A run of the keys of one scope, in the order of their UTF-8 bytes.
 *
 * @param afterKey exclusive; empty for the beginning of the scope
 * @param throughKey inclusive; empty for the end of the scope
 */
public record KeyInterval(Scope scope, String afterKey, String throughKey) {

  /** Every key of the scope. */
  static KeyInterval all(Scope scope) {
    return new KeyInterval(scope, "", "");
  }
}
