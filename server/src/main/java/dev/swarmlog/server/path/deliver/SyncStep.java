package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.Page;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SyncReceipt;

/** What a sync sends next. */
sealed interface SyncStep {

  /** A run of the delta. */
  record Run(Page page) implements SyncStep {}

  /** Keyed state at the target. */
  record Keys(Scope scope, KeyPage page) implements SyncStep {}

  /**
   * Before keyed state is read, it is found out which of it the reader holds otherwise.
   *
   * @param keys from where on
   */
  record Compare(Scope scope, KeyInterval keys) implements SyncStep {}

  /** Everything has been sent. */
  record End(SyncReceipt receipt) implements SyncStep {}
}
