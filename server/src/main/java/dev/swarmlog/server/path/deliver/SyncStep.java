package dev.swarmlog.server.path.deliver;

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

  /** Everything has been sent. */
  record End(SyncReceipt receipt) implements SyncStep {}
}
