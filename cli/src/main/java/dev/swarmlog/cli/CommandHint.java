package dev.swarmlog.cli;

/** Commands that a message names for the reader to try: as they have to be typed. */
final class CommandHint {

  /** Where commands look for a coordinator if they are not told. */
  static final String USUAL_SERVER = "localhost:7400";

  private CommandHint() {}

  /**
   * A command that talks to a coordinator.
   *
   * @param server host and port; named in the command unless it is the usual one
   */
  static String at(String server, String command) {
    return server.equals(USUAL_SERVER) ? command : command + " --server " + server;
  }
}
