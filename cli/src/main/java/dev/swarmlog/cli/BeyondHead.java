package dev.swarmlog.cli;

import dev.swarmlog.sdk.TerminalException;

/** The failure of asking for an operation that is not there yet. */
final class BeyondHead {

  private BeyondHead() {}

  /** That failure, if the coordinator says so; else what it says. */
  static CommandFailure of(TerminalException thrown, String swarm, String server) {
    CommandFailure refused = Failures.ofCoordinator(thrown, server);
    return thrown.metadata().containsKey("head_op_id")
        ? notThere(String.valueOf(refused.getMessage()), swarm, server, refused)
        : refused;
  }

  /** An operation that is not there yet. */
  static CommandFailure notThere(String message, String swarm, String server, Throwable cause) {
    return new CommandFailure(
        ExitCode.NOT_FOUND,
        message,
        null,
        "`"
            + CommandHint.at(server, "swarmlog swarms show " + Output.printable(swarm))
            + "` shows the heads of its logs.",
        cause);
  }
}
