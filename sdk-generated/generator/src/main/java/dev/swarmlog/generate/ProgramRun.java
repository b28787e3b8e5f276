package dev.swarmlog.generate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program that has run to its end.
 *
 * @param exitCode 0 for success
 * @param said the beginning of what it wrote, 64 KiB at most
 */
record ProgramRun(int exitCode, String said) {

  private static final int MAX_SAID_BYTES = 64 << 10;

  /**
   * Runs a program, without input. Both of its outputs count as what it said.
   *
   * @throws IOException if it cannot be started, or does not end in time; it is ended then
   */
  static ProgramRun of(List<String> command, Surroundings surroundings, Duration within)
      throws IOException, InterruptedException {
    Path said = Files.createTempFile("swarmlog-generate-", ".txt");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(surroundings.workingFolder().toFile())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile());
      builder.environment().clear();
      builder.environment().putAll(surroundings.variables());
      Process process = builder.start();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new IOException(
              "Expected %s to end within %d s, but it still ran"
                  .formatted(command.get(0), within.toSeconds()));
        }
      } finally {
        process.destroyForcibly();
      }
      try (InputStream in = Files.newInputStream(said)) {
        return new ProgramRun(
            process.exitValue(),
            new String(in.readNBytes(MAX_SAID_BYTES), StandardCharsets.UTF_8).strip());
      }
    } finally {
      Files.deleteIfExists(said);
    }
  }

  /** Where most programs say what is wrong. */
  String lastLine() {
    return said.substring(said.lastIndexOf('\n') + 1);
  }
}
