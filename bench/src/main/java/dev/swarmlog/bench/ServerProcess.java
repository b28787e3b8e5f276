package dev.swarmlog.bench;

import dev.swarmlog.server.Memory;
import dev.swarmlog.server.grpc.ProcessMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A coordinator, or what it is compared with, in a Java process of its own, on a free port of this
 * machine. It ends when it is closed, and by itself when this process does.
 */
public final class ServerProcess implements AutoCloseable {

  /** What it says on standard output once it serves, followed by the port. */
  private static final String READY = "ready ";

  /** Has it collect its garbage, and say what is left. */
  private static final String COLLECT = "collect";

  // Held, as a logger that nobody holds forgets its level.
  private static final Logger GRPC_LOGGER = Logger.getLogger("io.grpc");

  private static final long STOP_TIMEOUT_S = 20;
  private static final int KIB_PER_MIB = 1_024;

  private final Process process;
  private final BufferedReader answers;
  private final int port;

  private ServerProcess(Process process, BufferedReader answers, int port) {
    this.process = process;
    this.answers = answers;
    this.port = port;
  }

  /**
   * Starts a coordinator and waits until it serves.
   *
   * @param javaOptions further options of its Java runtime
   * @param settings of the coordinator: name, value, name, value
   */
  public static ServerProcess start(
      Path dataDirectory, List<String> javaOptions, List<String> settings) throws IOException {
    return start(dataDirectory, javaOptions, settings, Map.of());
  }

  /**
   * The same, with other variables.
   *
   * @param environment what it gets beside those of this process
   */
  static ServerProcess start(
      Path dataDirectory,
      List<String> javaOptions,
      List<String> settings,
      Map<String, String> environment)
      throws IOException {
    return start(
        BenchServer.class,
        javaOptions,
        BenchServer.arguments(dataDirectory, settings),
        environment,
        ProcessBuilder.Redirect.INHERIT);
  }

  /**
   * Starts a program and waits until it serves.
   *
   * @param program calls {@link #serveUntilEndOfInput}
   * @param javaOptions further options of its Java runtime
   * @param log where its standard error goes
   */
  public static ServerProcess start(
      Class<?> program,
      List<String> javaOptions,
      List<String> arguments,
      ProcessBuilder.Redirect log)
      throws IOException {
    return start(program, javaOptions, arguments, Map.of(), log);
  }

  private static ServerProcess start(
      Class<?> program,
      List<String> javaOptions,
      List<String> arguments,
      Map<String, String> environment,
      ProcessBuilder.Redirect log)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Djava.library.path=" + System.getProperty("java.library.path"));
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.addAll(javaOptions);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(program.getName());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log);
    builder.environment().putAll(environment);
    Process process = builder.start();
    killIfEnding(process);
    BufferedReader answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    // A Java runtime that records or debugs may say something first.
    String answer = answers.readLine();
    while (answer != null && !answer.startsWith(READY)) {
      answer = answers.readLine();
    }
    if (answer == null) {
      throw new IOException("Expected the server to start, but its process ended");
    }
    int port = Integer.parseInt(answer.substring(READY.length()));
    return new ServerProcess(process, answers, port);
  }

  /** Once the JVM is ending, its stores go with what was started until then: no more may come. */
  private static void killIfEnding(Process process) throws IOException {
    Thread none = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(none);
      Runtime.getRuntime().removeShutdownHook(none);
    } catch (IllegalStateException e) {
      process.destroyForcibly();
      throw new IOException("Expected to start the server, but this process is ending", e);
    }
  }

  /**
   * What the program itself calls once it serves: says so, and waits for the end of its input. As
   * with {@code swarmlog serve}, gRPC does not warn of what clients do wrong.
   */
  public static void serveUntilEndOfInput(int port) throws IOException {
    GRPC_LOGGER.setLevel(Level.SEVERE);
    System.out.println(READY + port);
    BufferedReader told =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Memory memory = new ProcessMemory();
    for (String line = told.readLine(); line != null; line = told.readLine()) {
      if (line.equals(COLLECT)) {
        memory.collect();
        System.out.println(memory.heap().usedBytes());
      }
    }
  }

  /** What its heap holds after a collection of all garbage, in bytes. Called by one thread. */
  long collectedHeapBytes() throws IOException {
    process.getOutputStream().write((COLLECT + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException(
          "Expected the server to say what its heap holds, but its process ended");
    }
    return Long.parseLong(answer);
  }

  /** Where it listens, such as {@code localhost:41234}. */
  public String target() {
    return "localhost:" + port;
  }

  /** Where it listens, on loopback. */
  public int port() {
    return port;
  }

  long processId() {
    return process.pid();
  }

  /** Processor time it has used so far, user and system. */
  public Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** What it holds in memory now, in MiB; empty where there is no {@code /proc}. */
  OptionalLong residentMiB() throws IOException {
    return statusMiB("VmRSS:");
  }

  /** The most it has held in memory, in MiB; empty where there is no {@code /proc}. */
  OptionalLong peakResidentMiB() throws IOException {
    return statusMiB("VmHWM:");
  }

  private OptionalLong statusMiB(String field) throws IOException {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.isReadable(status)) {
      return OptionalLong.empty();
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / KIB_PER_MIB)
        .findFirst();
  }

  /** Kills it, as {@code kill -9} does, and waits until it is gone. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Ends it: it drains while its standard input is closed. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(STOP_TIMEOUT_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    answers.close();
  }
}
