package dev.swarmlog.server.path.deliver;

import org.jspecify.annotations.Nullable;

/**
 * A plan, and what it was chosen from.
 *
 * @param plan what is done; one of the others, or a rejection
 * @param delta what changed; null where it is not known what the reader holds
 */
record SyncChoice(SyncPlan plan, @Nullable SyncPlan delta) {}
