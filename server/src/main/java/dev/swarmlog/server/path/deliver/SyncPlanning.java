package dev.swarmlog.server.path.deliver;

/**
 * A plan that is being made. Most are made at once; where it takes reading to tell what is smaller,
 * delta or snapshot, that is done a page at a time, so that others get their turn between two.
 *
 * <p>Used by one thread at a time, which may block.
 */
public interface SyncPlanning {

  /** Goes on planning. Answers whether there is more to do. */
  boolean step();

  /** What to do; complete when there is no more to do. */
  SyncPlan plan();
}
