package dev.swarmlog.cli;

import dev.swarmlog.server.ProcessTerminator;

/**
 * How the process ends, for scripts. The numbers never change; {@code docs/commands.md} lists them.
 */
enum ExitCode {
  OK(0, "Done."),
  FAILURE(1, "Something went wrong that has no code of its own; the message says what."),
  USAGE(2, "The command line is wrong: unknown command or flag, missing or malformed value."),
  UNAVAILABLE(
      3,
      "The coordinator cannot be reached, is overloaded, or is going down. Trying again may help."),
  NOT_FOUND(4, "What was asked for is not there, such as an unknown swarm."),
  REFUSED(5, "The coordinator refused the request; the same request will be refused again."),
  NOT_PERMITTED(6, "Not authenticated, or the grant is missing."),
  INVALID_CONFIGURATION(
      7, "A configuration value is wrong, or configuration and command line do not fit together."),
  PORT_IN_USE(8, "The address to listen on is taken or cannot be bound."),
  DATA_LOCKED(9, "Another process uses the data directory."),
  DATA_READ_ONLY(10, "The data directory cannot be written."),
  DATA_FOREIGN(11, "The data directory holds something that is not Swarmlog's."),
  DATA_NEWER(12, "The data directory was written by a newer version."),
  DATA_DAMAGED(
      ProcessTerminator.STORAGE_DAMAGED_EXIT_CODE,
      "The data is damaged or incomplete; what is there is left as it is."),
  DISK_FULL(14, "No space is left where the data lies."),
  DATA_LOSS(15, "The coordinator lacks history that the client has seen."),
  ENVIRONMENT(
      16,
      "A program that is needed is missing or of another version: Java or Maven for the launcher, a generator for `sdk generate`; or the build failed."),
  STORE_FAILED(
      ProcessTerminator.STORAGE_FAILED_EXIT_CODE,
      "The device refused to store something while the coordinator ran; everything acknowledged is stored."),
  OUTCOME_UNKNOWN(
      18,
      "It was sent and not answered: whether it is in the log is not known. Look before trying again."),
  FOLDER_UNFIT(19, "The folder to generate into cannot be written, or holds something else."),
  INTERRUPTED(130, "Ended by Ctrl-C."),
  PIPE_CLOSED(141, "Whoever read the output, such as `head`, has gone.");

  private final int number;
  private final String meaning;

  ExitCode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  /** What the process returns. */
  int number() {
    return number;
  }

  /** One sentence for the documentation and the help. */
  String meaning() {
    return meaning;
  }
}
