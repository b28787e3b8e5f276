package dev.swarmlog.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Java process that does what it is told, line by line, and ends when it is closed. Used by one
 * thread.
 */
final class ToldProcess implements AutoCloseable {

  /** The first line of its answers. */
  static final String READY = "ready";

  private static final long STOP_TIMEOUT_S = 20;

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter commands;

  private ToldProcess(Process process) {
    this.process = process;
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.commands =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
  }

  /** Starts a program and waits until it is ready. */
  static ToldProcess start(Class<?> program, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(program.getName());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    ToldProcess told =
        new ToldProcess(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    while (!told.answer().equals(READY)) {
      // A Java runtime that records or debugs may say something first.
    }
    return told;
  }

  /** Processor time it has used so far, user and system. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  void tell(String command) throws IOException {
    commands.write(command);
    commands.newLine();
    commands.flush();
  }

  /** The next line it answers; waits for it. */
  String answer() throws IOException {
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("Expected the process to answer, but it ended");
    }
    return answer;
  }

  @Override
  public void close() throws IOException {
    commands.close();
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
