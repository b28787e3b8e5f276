package dev.swarmlog.demo.display;

/** Shows the demo to a person. Called by the supervisor's thread. */
public interface View extends AutoCloseable {
  /** Shows how things stand; called some ten times a second. */
  void show(Board board);

  /** Shows the last state and gives the terminal back; after that, lines may be printed below. */
  @Override
  void close();
}
