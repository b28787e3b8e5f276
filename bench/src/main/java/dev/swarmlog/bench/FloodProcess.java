package dev.swarmlog.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link BenchFlood} in a process of its own. Used by one thread. */
final class FloodProcess implements AutoCloseable {

  private static final long STOP_TIMEOUT_S = 20;

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter commands;

  private FloodProcess(Process process) {
    this.process = process;
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.commands =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
  }

  /**
   * Starts one and waits until its agents are connected.
   *
   * @param arguments as of {@link BenchFlood#main}
   */
  static FloodProcess start(Object... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(BenchFlood.class.getName());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    FloodProcess flood =
        new FloodProcess(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    while (!flood.answer().equals(BenchFlood.READY)) {
      // A Java runtime that records or debugs may say something first.
    }
    return flood;
  }

  /** Begins. */
  void flood() throws IOException {
    say(BenchFlood.FLOOD);
  }

  /** Ends, waits until everything is acknowledged, and answers how much was by when it ended. */
  long rest() throws IOException {
    say(BenchFlood.REST);
    return Long.parseLong(answer());
  }

  private void say(String command) throws IOException {
    commands.write(command);
    commands.newLine();
    commands.flush();
  }

  private String answer() throws IOException {
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("Expected the flood to answer, but its process ended");
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
