package dev.swarmlog.server.path.fair;

/** Items that wait, in an order of their own. */
interface Backlog<T> {

  boolean isEmpty();

  /** The next one; the same until it is removed. Only where it is not empty. */
  Queued<T> next();

  /** Removes the next one. Only where it is not empty. */
  Queued<T> remove();
}
