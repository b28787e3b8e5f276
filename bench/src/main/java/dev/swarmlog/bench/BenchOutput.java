package dev.swarmlog.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import picocli.CommandLine;

/** What all benches do on the terminal and with their data directory. */
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

  /** Deletes a data directory and all in it. */
  static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
