package dev.swarmlog.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A data directory, and {@code swarmlog serve} on it in a process of its own, as users start it:
 * the same program with the same class archive. Killed and started again on the same port. Used by
 * one thread.
 */
final class ServedDirectory implements AutoCloseable {

  private static final Pattern OPENED =
      Pattern.compile(
          "Opened shard \\d+ at entry \\d+ in (\\d+) ms: (\\d+) to link its files, (\\d+) to read its"
              + " write-ahead log, (\\d+) to open the database, (\\d+) to read its swarms, (\\d+) to check them,"
              + " (\\d+) to remove the links");

  private static final List<String> INHERITED =
      List.of("-XX:SharedArchiveFile=", "-Djava.library.path=", "--add-", "--enable-native-access");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String READY = "\"ready\":true";

  private final Path directory;
  private final Path log;
  private final List<String> javaOptions;
  private final List<String> settings;
  private final Process process;
  private final BufferedReader said;

  /** When it was started, by {@link System#nanoTime}. */
  private final long startedNs;

  private final Instant started;
  private final long readyNs;
  private final int port;

  /**
   * What the parts of a start took, in milliseconds, by the coordinator's log.
   *
   * @param runtime until the first line of the log: Java, configuration
   * @param links to link the files of the shards before they are opened
   * @param logs to find out which entries lie in the write-ahead logs
   * @param database for RocksDB to open, the write-ahead log included
   * @param swarms to read what is held in memory
   * @param checks of the heads
   * @param unlinking to remove the links again
   * @param rest until it listens
   */
  record Parts(
      double runtime,
      double links,
      double logs,
      double database,
      double swarms,
      double checks,
      double unlinking,
      double rest) {}

  private ServedDirectory(
      Path directory, Path log, List<String> javaOptions, List<String> settings, int port)
      throws IOException {
    this.directory = directory;
    this.log = log;
    this.javaOptions = javaOptions;
    this.settings = settings;
    ProcessBuilder builder =
        new ProcessBuilder(command(directory, port)).redirectError(log.toFile());
    // What configures the user's own coordinator is not meant for this one.
    builder.environment().keySet().removeIf(variable -> variable.startsWith("SWARMLOG_"));
    this.started = Instant.now();
    this.startedNs = System.nanoTime();
    this.process = builder.start();
    this.said = process.inputReader();
    this.port = awaitReady();
    this.readyNs = System.nanoTime();
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param log where its standard error goes
   * @param settings of the coordinator: name, value, name, value
   */
  static ServedDirectory start(
      Path directory, Path log, List<String> javaOptions, List<String> settings)
      throws IOException {
    return new ServedDirectory(directory, log, javaOptions, settings, /* port= */ 0);
  }

  /** Kills it, as {@code kill -9} does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** The next one, on the same port. */
  ServedDirectory startAgain() throws IOException {
    return new ServedDirectory(directory, log, javaOptions, settings, port);
  }

  String target() {
    return "localhost:" + port;
  }

  int port() {
    return port;
  }

  long processId() {
    return process.pid();
  }

  /** Processor time it has used so far, user and system. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** When the process was started, by {@link System#nanoTime}. */
  long startedNs() {
    return startedNs;
  }

  /** When it said that it is ready. */
  long readyNs() {
    return readyNs;
  }

  /** What its start was made of; once it is ready. */
  Parts parts() throws IOException {
    double firstMs = 0;
    double servesMs = 0;
    double[] opening = new double[7];
    for (String line : Files.readAllLines(log)) {
      JsonNode event = event(line);
      if (event.path("time").isMissingNode()) {
        continue;
      }
      double ms = Instant.parse(event.get("time").asText()).toEpochMilli() - started.toEpochMilli();
      firstMs = firstMs == 0 ? ms : firstMs;
      String message = event.path("message").asText();
      Matcher opened = OPENED.matcher(message);
      if (opened.find()) {
        for (int i = 0; i < opening.length; i++) {
          opening[i] += Double.parseDouble(opened.group(i + 1));
        }
      } else if (message.startsWith("Serving on")) {
        servesMs = ms;
      }
    }
    double rest = Math.max(0, servesMs - firstMs - opening[0]);
    return new Parts(
        firstMs, opening[1], opening[2], opening[3], opening[4], opening[5], opening[6], rest);
  }

  private static JsonNode event(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      // What the Java runtime says is no JSON.
      return JSON.createObjectNode();
    }
  }

  private int awaitReady() throws IOException {
    String line = said.readLine();
    while (line != null && !line.contains(READY)) {
      line = said.readLine();
    }
    if (line == null) {
      throw new IOException(
          "Expected the coordinator to start, but its process ended:\n" + Files.readString(log));
    }
    return JSON.readTree(line).get("port").asInt();
  }

  private List<String> command(Path data, int atPort) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> INHERITED.stream().anyMatch(option::startsWith))
        .forEach(command::add);
    command.addAll(List.of("-Xshare:auto", "-Xlog:disable", "-XX:+ExitOnOutOfMemoryError"));
    command.addAll(javaOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass(), "serve"));
    command.addAll(List.of("--json", "--console", "false", "--port", Integer.toString(atPort)));
    command.addAll(List.of("--data-directory", data.toString()));
    for (int i = 0; i < settings.size(); i += 2) {
      command.addAll(List.of("--" + settings.get(i), settings.get(i + 1)));
    }
    return command;
  }

  private static String mainClass() {
    // "main class, then the arguments": set by the launcher of every OpenJDK.
    return Optional.ofNullable(System.getProperty("sun.java.command"))
        .map(command -> command.split(" ", 2)[0])
        .filter(name -> !name.isEmpty())
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "Expected to know how this program was started, but its main class is not"
                        + " known. Run it as 'swarmlog bench'."));
  }

  /** Ends it gracefully, if it runs. */
  @Override
  public void close() throws IOException {
    process.destroy();
    boolean interrupted = false;
    while (process.isAlive()) {
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        interrupted = true;
        process.destroyForcibly();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    said.close();
  }
}
