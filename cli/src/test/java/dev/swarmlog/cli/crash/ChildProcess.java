package dev.swarmlog.cli.crash;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A main class of the tests in a JVM of its own, with what it says line by line. It ends by itself
 * when this JVM is gone.
 */
final class ChildProcess {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final Thread reader;

  private ChildProcess(Process process, Thread reader) {
    this.process = process;
    this.reader = reader;
  }

  /**
   * Starts one.
   *
   * @param errors where its standard error is appended to
   * @param lines told of each line it says, on a thread of its own
   */
  static ChildProcess start(
      Class<?> main, Path errors, Consumer<String> lines, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // It lives for seconds: starting fast counts.
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx192m"));
    String heartbeat = System.getProperty(SmallCoordinator.HEARTBEAT_PROPERTY);
    if (heartbeat != null) {
      command.add("-D" + SmallCoordinator.HEARTBEAT_PROPERTY + "=" + heartbeat);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
            .start();
    Thread reader = new Thread(() -> read(process, lines), main.getSimpleName() + " says");
    reader.setDaemon(true);
    reader.start();
    return new ChildProcess(process, reader);
  }

  private static void read(Process process, Consumer<String> lines) {
    try (BufferedReader said = process.inputReader()) {
      said.lines().forEach(lines);
    } catch (IOException | UncheckedIOException e) {
      // It was killed.
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL; returns when it is gone and all it said has been read. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
    reader.join(PATIENCE.toMillis());
  }

  /** Closes its standard input and waits for its end. */
  void stop() throws IOException, InterruptedException {
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      kill();
      throw new AssertionError("Expected the process to end with its input, but it still runs");
    }
    reader.join(PATIENCE.toMillis());
  }
}
