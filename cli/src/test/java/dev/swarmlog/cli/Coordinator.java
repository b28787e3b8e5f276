package dev.swarmlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code swarmlog serve} in a process of its own. Closing it stops it in an orderly way. */
final class Coordinator implements AutoCloseable {

  private static final long TIMEOUT_S = 30;

  private final Process process;
  private final JsonNode ready;
  private final Path errors;

  private Coordinator(Process process, JsonNode ready, Path errors) {
    this.process = process;
    this.ready = ready;
    this.errors = errors;
  }

  /** Starts one on a free port and waits until it is ready. */
  static Coordinator start(Installation installation, Path dataDirectory, String... flags)
      throws IOException {
    return startOn(installation, 0, dataDirectory, flags);
  }

  /** Starts one on a port and waits until it is ready. */
  static Coordinator startOn(
      Installation installation, int port, Path dataDirectory, String... flags) throws IOException {
    return start(Map.of(), installation, port, dataDirectory, flags);
  }

  /** Starts one in an environment, on a free port, and waits until it is ready. */
  static Coordinator startWith(
      Map<String, String> environment, Installation installation, Path dataDirectory)
      throws IOException {
    return start(environment, installation, 0, dataDirectory);
  }

  private static Coordinator start(
      Map<String, String> environment,
      Installation installation,
      int port,
      Path dataDirectory,
      String... flags)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "serve",
                "--json",
                "--port",
                Integer.toString(port),
                "--data-directory",
                dataDirectory.toString()));
    arguments.addAll(Arrays.asList(flags));
    Path errors = Files.createTempFile("swarmlog-serve", ".log");
    Process process =
        installation
            .builder(environment, arguments.toArray(String[]::new))
            .redirectError(errors.toFile())
            .start();
    BufferedReader answers = process.inputReader();
    String line = answers.readLine();
    if (line == null) {
      throw new AssertionError("Expected a coordinator to start, but: " + Files.readString(errors));
    }
    return new Coordinator(process, new ObjectMapper().readTree(line), errors);
  }

  /** What it said when it was ready. */
  JsonNode ready() {
    return ready;
  }

  long pid() {
    return process.pid();
  }

  int port() {
    return ready.get("port").asInt();
  }

  /** Such as {@code localhost:41234}. */
  String target() {
    return "localhost:" + port();
  }

  /** What it logged so far. */
  String log() throws IOException {
    return Files.readString(errors);
  }

  /** Sends a signal, such as {@code INT}. */
  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /** Ends it as a crash would. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Waits for its end. */
  int awaitExitCode() throws InterruptedException {
    if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("Expected the coordinator to end, but it still runs");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.destroy();
    awaitExitCode();
    Files.deleteIfExists(errors);
  }
}
