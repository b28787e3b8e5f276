package dev.swarmlog.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The distribution that {@code package} laid out, run as a user would: one process per command. */
final class Installation {

  private static final long TIMEOUT_S = 180;

  private final Path launcher;

  private Installation(Path launcher) {
    this.launcher = launcher;
  }

  /** The one in {@code target/swarmlog}. */
  static Installation built() {
    return at(Path.of("target", "swarmlog").toAbsolutePath());
  }

  /** One unpacked somewhere. */
  static Installation at(Path home) {
    return new Installation(home.resolve("bin").resolve("swarmlog"));
  }

  Path launcher() {
    return launcher;
  }

  /** Runs a command to its end. */
  CommandRun run(String... arguments) throws IOException, InterruptedException {
    return run(Map.of(), "", arguments);
  }

  /**
   * Runs a command to its end, with variables in its environment and bytes on its standard input.
   */
  CommandRun run(Map<String, String> environment, String input, String... arguments)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("swarmlog-out", ".txt");
    Path err = Files.createTempFile("swarmlog-err", ".txt");
    Path in = Files.createTempFile("swarmlog-in", ".txt");
    try {
      Files.writeString(in, input);
      Process process =
          builder(environment, arguments)
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("Expected " + List.of(arguments) + " to end, but it still runs");
      }
      return new CommandRun(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
      Files.delete(in);
    }
  }

  /** A process that was not started yet. */
  ProcessBuilder builder(Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(launcher.toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("SWARMLOG_"));
    builder.environment().putAll(environment);
    return builder;
  }

  /** Standard output or error as text. */
  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
