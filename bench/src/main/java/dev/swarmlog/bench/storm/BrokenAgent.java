package dev.swarmlog.bench.storm;

/** The misbehaving agent in a storm. Called by one thread. */
interface BrokenAgent extends AutoCloseable {

  /** How a request ended. */
  interface Ending {

    /**
     * Called once for each request, by any thread.
     *
     * @param answered false if it was refused or got no answer
     */
    void ended(boolean answered);
  }

  /** Asks once more; does not wait. */
  void ask(Ending ending);

  @Override
  void close();
}
