package dev.swarmlog.server;

/**
 * What this process has of memory, injected so that tests can say it is scarce.
 *
 * <p>May be called from any thread; does not block, except {@link #collect}.
 */
public interface Memory {

  /**
   * Part of a kind of memory that is in use.
   *
   * @param usedBytes what is in use
   * @param maxBytes what may be
   */
  record Usage(long usedBytes, long maxBytes) {}

  /**
   * The heap as the last collection left it: garbage that came since does not count. Nothing is in
   * use before the first.
   */
  Usage heap();

  /** Memory outside the heap that holds what is received and sent. */
  Usage direct();

  /** How many collections there were; tells whether {@link #heap} is of now or of long ago. */
  long collections();

  /** Asks for a collection. May take as long as one. */
  void collect();
}
