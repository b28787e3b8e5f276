package dev.swarmlog.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** A command that was run in this process, and what it said. */
record CommandRun(int exitCode, String out, String err) {

  static CommandRun of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode = Main.run(new PrintWriter(out), new PrintWriter(err), args);
    return new CommandRun(exitCode, out.toString(), err.toString());
  }
}
