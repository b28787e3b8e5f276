package dev.swarmlog.bench;

import java.io.PrintWriter;
import picocli.CommandLine;

/** What all benches do on the terminal. */
record BenchOutput(CommandLine commandLine) {

  /** Shows what is going on: on one line of a terminal, else on lines of its own. */
  void progress(String text) {
    PrintWriter err = commandLine.getErr();
    if (commandLine.getColorScheme().ansi().enabled()) {
      err.print("\r\033[K" + text);
    } else {
      err.println(text);
    }
    err.flush();
  }

  /** Clears the line of the progress. */
  void endProgress() {
    if (commandLine.getColorScheme().ansi().enabled()) {
      commandLine.getErr().print("\r\033[K");
      commandLine.getErr().flush();
    }
  }
}
