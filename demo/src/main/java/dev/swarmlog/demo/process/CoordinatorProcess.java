package dev.swarmlog.demo.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator as a process, and after a kill the next one at the same address and on the same
 * data directory.
 *
 * <p>One thread at a time starts, kills and stops; any thread may ask. It is killed when its {@link
 * Children} are closed.
 */
public final class CoordinatorProcess {
  /** How long a coordinator may take until it listens, unless somebody says otherwise. */
  public static final long START_MS = 60_000;

  private static final int CONNECT_TIMEOUT_MS = 200;
  private static final int LOOK_EVERY_MS = 5;
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 32_000;
  private static final int MAX_PORTS_TRIED = 200;

  /** Of this process, from a random one on, so that two processes seldom have the same. */
  private static final AtomicInteger nextPort =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(LAST_PORT - FIRST_PORT));

  private final Children children;
  private final String name;
  private final List<String> command;
  private final boolean endsWithInput;
  private final Map<String, String> environment;
  private final Path dataDirectory;
  private final int port;
  private volatile @Nullable Child process;

  private CoordinatorProcess(Builder builder) throws IOException {
    this.children = builder.children;
    this.name = builder.name;
    this.dataDirectory = builder.dataDirectory;
    this.port = builder.port == 0 ? freePort() : builder.port;
    this.environment = Map.copyOf(builder.environment);
    this.endsWithInput = builder.program == null;
    this.command = new ArrayList<>(builder.wrapper);
    if (builder.inItsPlace != null) {
      command.addAll(builder.inItsPlace.command(builder.jvmOptions, List.of()));
    } else if (builder.program == null) {
      command.addAll(
          children.launch().command(builder.jvmOptions, List.of("demo", ":coordinator", "--")));
    } else {
      command.addAll(List.of(builder.program.toAbsolutePath().toString(), "serve"));
    }
    command.addAll(builder.arguments);
    command.addAll(
        List.of("--port", Integer.toString(port), "--data-directory", dataDirectory.toString()));
  }

  /** One of this program, on a data directory. */
  public static Builder on(Children children, Path dataDirectory) {
    return new Builder(children, dataDirectory);
  }

  /** Starts it; for the first time, or again after a kill. Does not wait until it listens. */
  public void start() throws IOException {
    start(Map.of());
  }

  /**
   * The same, with variables that only this life of it has.
   *
   * @throws IllegalStateException if it runs
   */
  public void start(Map<String, String> furtherEnvironment) throws IOException {
    if (isAlive()) {
      throw new IllegalStateException(
          "Expected no " + name + " to run when it is started, but process " + pid() + " does.");
    }
    Map<String, String> all = new HashMap<>(environment);
    all.putAll(furtherEnvironment);
    process = children.start(name, command, all, line -> {});
  }

  /** Whether it takes connections; then it has opened its store. */
  public boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_TIMEOUT_MS);
      return socket.getLocalPort() != port;
    } catch (IOException e) {
      return false;
    }
  }

  /** Waits until it takes connections, for at most {@link #START_MS}. */
  public void awaitListening() throws IOException, InterruptedException {
    awaitListening(START_MS);
  }

  /**
   * Waits until it takes connections.
   *
   * @throws IOException if it has ended, or takes longer; the message has its last words
   */
  public void awaitListening(long timeoutMs) throws IOException, InterruptedException {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    while (!listens()) {
      Child current = process;
      if (current == null || current.awaitEnd(LOOK_EVERY_MS)) {
        throw new IOException(
            "Expected the %s to listen on port %d, but %s".formatted(name, port, end()));
      }
      if (System.nanoTime() > deadlineNs) {
        throw new IOException(
            "Expected the %s to listen on port %d within %d ms, but it does not. Its log: %s"
                .formatted(name, port, timeoutMs, current.log()));
      }
    }
  }

  /** How it ended, for people. */
  public String end() {
    Child current = process;
    if (current == null) {
      return "it was never started.";
    }
    if (current.isAlive()) {
      return "it still runs.";
    }
    return "it ended with exit code %d: %s Its log: %s"
        .formatted(current.exitCode(), current.lastWords(), current.log());
  }

  public boolean isAlive() {
    Child current = process;
    return current != null && current.isAlive();
  }

  /** The process that was started last, or null. */
  public @Nullable Child process() {
    return process;
  }

  /** Process ID of the one that was started last, of its wrapper if it has one; 0 if none was. */
  public long pid() {
    Child current = process;
    return current == null ? 0 : current.pid();
  }

  /** SIGKILL; returns when it is gone. */
  public void kill() {
    Child current = process;
    if (current != null) {
      current.kill();
    }
  }

  /**
   * Asks it to end in an orderly way, and kills it if that takes longer than {@link
   * ParentWatch#PATIENCE_MS}.
   */
  public void stop() throws InterruptedException {
    Child current = process;
    if (current == null) {
      return;
    }
    askToStop();
    if (!current.awaitEnd(ParentWatch.PATIENCE_MS)) {
      current.kill();
    }
  }

  /** Asks it to end in an orderly way, and returns at once. */
  public void askToStop() {
    Child current = process;
    if (current == null) {
      return;
    }
    if (endsWithInput) {
      current.letGo();
    } else {
      current.terminate();
    }
  }

  /**
   * Waits for its end.
   *
   * @return its exit code
   * @throws IOException if it runs on
   */
  public int awaitExitCode(long timeoutMs) throws IOException, InterruptedException {
    Child current = process;
    if (current == null || !current.awaitEnd(timeoutMs)) {
      throw new IOException(
          "Expected the %s to end within %d ms, but %s".formatted(name, timeoutMs, end()));
    }
    return current.exitCode();
  }

  /** What all lives of it have logged, to standard error. */
  public String log() throws IOException {
    Child current = process;
    return current == null ? "" : Files.readString(current.log(), StandardCharsets.ISO_8859_1);
  }

  public int port() {
    return port;
  }

  /** Such as {@code 127.0.0.1:24321}. */
  public String target() {
    return "127.0.0.1:" + port;
  }

  public Path dataDirectory() {
    return dataDirectory;
  }

  /**
   * A port that is free now; that it still is when a coordinator takes it is likely. A process gets
   * none of them twice before it has had all: a coordinator that is down for a moment has its port
   * free, too, and whoever took it would be taken for that one by its clients.
   *
   * <p>It lies below those that systems give to outgoing connections: while the coordinator is
   * down, one of these could take it, even one that tries to reach it, which then reaches itself.
   */
  public static int freePort() throws IOException {
    for (int tried = 0; tried < MAX_PORTS_TRIED; tried++) {
      int candidate =
          FIRST_PORT + Math.floorMod(nextPort.getAndIncrement(), LAST_PORT - FIRST_PORT);
      try (ServerSocket socket = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Somebody has it: the next one.
        continue;
      }
    }
    throw new IOException(
        "Expected a free port from %d to %d, but %d of them are taken."
            .formatted(FIRST_PORT, LAST_PORT, MAX_PORTS_TRIED));
  }

  /** What a coordinator is started with. Belongs to one thread. */
  public static final class Builder {
    private static final List<String> SMALL_JVM =
        List.of("-XX:+UseSerialGC", "-Xshare:auto", "-Xms64m", "-Xmx512m");

    private final Children children;
    private final Path dataDirectory;
    private final List<String> wrapper = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private List<String> jvmOptions = SMALL_JVM;
    private String name = "coordinator";
    private int port;
    private @Nullable Path program;
    private @Nullable Launch inItsPlace;

    private Builder(Children children, Path dataDirectory) {
      this.children = children;
      this.dataDirectory = dataDirectory;
    }

    /** For people; its log file is named for it. */
    public Builder name(String value) {
      name = value;
      return this;
    }

    /** Where it listens; 0, as it is by default, for a port that is free. */
    public Builder port(int value) {
      port = value;
      return this;
    }

    /** Options of its Java runtime, instead of those for a small one. */
    public Builder jvmOptions(List<String> value) {
      jvmOptions = List.copyOf(value);
      return this;
    }

    /** Further arguments of {@code serve}. */
    public Builder arguments(String... values) {
      arguments.addAll(List.of(values));
      return this;
    }

    /** A variable of every life of it. */
    public Builder environment(String variable, String value) {
      environment.put(variable, value);
      return this;
    }

    /** A program that runs it, with its arguments, such as {@code strace -f}. */
    public Builder wrapper(String... values) {
      wrapper.addAll(List.of(values));
      return this;
    }

    /** The program of another version, whose {@code serve} it is; it has no JVM options then. */
    public Builder program(Path value) {
      program = value;
      return this;
    }

    /**
     * Another program in its place, which takes the arguments of {@code serve} and ends with its
     * standard input.
     */
    public Builder inItsPlace(Launch value) {
      inItsPlace = value;
      return this;
    }

    /** Finds a port if there is none yet; starts nothing. */
    public CoordinatorProcess build() throws IOException {
      return new CoordinatorProcess(this);
    }
  }
}
