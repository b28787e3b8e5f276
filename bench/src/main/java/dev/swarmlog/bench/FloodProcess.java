package dev.swarmlog.bench;

import java.io.IOException;

/** A {@link BenchFlood} in a process of its own. Used by one thread. */
final class FloodProcess implements AutoCloseable {

  private final ToldProcess process;

  private FloodProcess(ToldProcess process) {
    this.process = process;
  }

  /**
   * Starts one and waits until its agents are connected.
   *
   * @param arguments as of {@link BenchFlood#main}
   */
  static FloodProcess start(Object... arguments) throws IOException {
    return new FloodProcess(ToldProcess.start(BenchFlood.class, arguments));
  }

  /** Begins. */
  void flood() throws IOException {
    process.tell(BenchFlood.FLOOD);
  }

  /** Ends, waits until everything is acknowledged, and answers how much was by when it ended. */
  long rest() throws IOException {
    process.tell(BenchFlood.REST);
    return Long.parseLong(process.answer());
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
