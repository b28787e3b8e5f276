package dev.swarmlog.demo.process;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A running process of the demo.
 *
 * <p>What it writes is handed out on a daemon thread of the child's own, line by line. All methods
 * may be called from any thread.
 */
public final class Child {
  /** Somebody else may hold the other end of its pipe. */
  private static final long LAST_WORDS_MS = 5_000;

  private final String name;
  private final Process process;
  private final Path log;
  private final Thread reader;

  private Child(String name, Process process, Path log, Thread reader) {
    this.name = name;
    this.process = process;
    this.log = log;
    this.reader = reader;
  }

  /**
   * Starts a process.
   *
   * @param name for people, such as "agent process 2"
   * @param log where its standard error goes; appended to
   * @param environment on top of this process's own, of which nothing that configures Swarmlog is
   *     handed on
   * @param onLine told each line that it writes
   */
  static Child start(
      String name,
      List<String> command,
      Map<String, String> environment,
      Path log,
      Consumer<String> onLine)
      throws IOException {
    File errors = log.toFile();
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(errors));
    // What configures the user's own coordinator is not meant for this one.
    builder.environment().keySet().removeIf(variable -> variable.startsWith("SWARMLOG_"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    Thread reader = new Thread(() -> read(process, onLine), "reader of " + name);
    reader.setDaemon(true);
    reader.start();
    return new Child(name, process, log, reader);
  }

  public String name() {
    return name;
  }

  public long pid() {
    return process.pid();
  }

  public Path log() {
    return log;
  }

  /**
   * The last line of its log that begins one, as those of a stack trace do not; "" if there is
   * none.
   */
  public String lastWords() {
    try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> !line.isBlank() && !Character.isWhitespace(line.charAt(0)))
          .reduce("", (before, line) -> line);
    } catch (IOException e) {
      return "";
    }
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** The exit code; only of a process that has ended. */
  public int exitCode() {
    return process.exitValue();
  }

  /**
   * Kills it and what it started, by SIGKILL where there are signals, and returns when it is gone.
   */
  public void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    boolean interrupted = false;
    while (process.isAlive()) {
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says a line to it; nothing happens if it is gone. */
  public void tell(String line) {
    try {
      OutputStream input = process.getOutputStream();
      input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      input.flush();
    } catch (IOException e) {
      // Whoever waits for what it should do sees that it has ended.
      return;
    }
  }

  /** Asks it to finish, by ending its standard input. */
  public void letGo() {
    try (OutputStream input = process.getOutputStream()) {
      input.flush();
    } catch (IOException e) {
      // It is gone already, which is what was asked for.
      return;
    }
  }

  /** Asks it to finish, by SIGTERM where there are signals. */
  public void terminate() {
    process.destroy();
  }

  /** Whether it has ended after at most this long. */
  public boolean awaitEnd(long timeoutMs) throws InterruptedException {
    return process.waitFor(timeoutMs, TimeUnit.MILLISECONDS);
  }

  /** Of a process that has ended: waits until all it said has been handed out. */
  public void awaitAllSaid() throws InterruptedException {
    reader.join(LAST_WORDS_MS);
  }

  private static void read(Process process, Consumer<String> onLine) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        onLine.accept(line);
      }
    } catch (IOException e) {
      // A killed process takes its pipe with it.
      return;
    }
  }
}
