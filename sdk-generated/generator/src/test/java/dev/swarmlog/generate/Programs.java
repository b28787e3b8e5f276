package dev.swarmlog.generate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Programs that a test puts somewhere, as scripts. */
final class Programs {

  private Programs() {}

  static Path write(Path folder, String name, String script) throws IOException {
    Path program = folder.resolve(name);
    Files.writeString(program, "#!/bin/sh\n" + script + "\n");
    if (!program.toFile().setExecutable(true)) {
      throw new IOException("Expected to make " + program + " executable, but could not");
    }
    return program;
  }

  /** A machine that has only these on its PATH. */
  static Surroundings on(Path folder) {
    return new Surroundings(Map.of("PATH", folder.toString()), folder, folder);
  }
}
