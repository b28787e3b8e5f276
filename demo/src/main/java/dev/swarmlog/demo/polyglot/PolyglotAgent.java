package dev.swarmlog.demo.polyglot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.conformance.proxy.Link;
import dev.swarmlog.demo.process.Child;
import dev.swarmlog.demo.process.Children;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One agent: its process, its folder, and the link that it has to the coordinator for itself. What
 * it says arrives on the child's thread; the rest is called by one thread.
 */
final class PolyglotAgent implements AutoCloseable {
  /** "I cannot run here", of sysexits.h. */
  private static final int UNAVAILABLE = 69;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String name;
  private final AgentProgram program;
  private final Children children;
  private final Path folder;
  private final Link link;
  private final CountDownLatch introduced = new CountDownLatch(1);
  private final Reports reports;
  private final int[] suffered = new int[Fault.values().length];
  private String version = "";
  private boolean publishes;
  private @Nullable Child child;

  /**
   * An agent that is not started yet.
   *
   * @param port the coordinator's
   * @param reports told what it says it holds
   */
  PolyglotAgent(
      String name, AgentProgram program, Children children, Path folders, int port, Reports reports)
      throws IOException {
    this.name = name;
    this.program = program;
    this.children = children;
    this.folder = Files.createDirectories(folders.resolve(name));
    this.reports = reports;
    this.link = new Link(port);
  }

  String name() {
    return name;
  }

  String language() {
    return program.language();
  }

  /** Of its SDK; "" until it has introduced itself. */
  synchronized String version() {
    return version;
  }

  synchronized boolean publishes() {
    return publishes;
  }

  long pid() {
    return child == null ? 0 : child.pid();
  }

  /** Starts its process. */
  void start() throws IOException {
    List<String> command = new ArrayList<>(program.command());
    command.addAll(
        List.of("localhost:" + link.port(), PolyglotSwarm.NAME, name, folder.toString()));
    child = children.start(name, command, this::heard);
  }

  /**
   * Waits until it has introduced itself, or has ended.
   *
   * @return whether it runs
   */
  boolean awaitIntroduction(long timeoutMs) throws InterruptedException {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    while (System.nanoTime() < deadlineNs && isRunning()) {
      if (introduced.await(100, TimeUnit.MILLISECONDS)) {
        return true;
      }
    }
    return introduced.getCount() == 0;
  }

  boolean isRunning() {
    return child != null && child.isAlive();
  }

  /** Whether it has ended because it cannot run on this machine. */
  boolean isUnavailable() {
    return child != null && !child.isAlive() && child.exitCode() == UNAVAILABLE;
  }

  /** What it said last to people. */
  String lastWords() {
    return child == null ? "" : child.lastWords();
  }

  void kill() {
    suffer(Fault.KILL);
    if (child != null) {
      child.kill();
    }
  }

  void cut() {
    suffer(Fault.CUT);
    link.drop();
  }

  void partition() {
    suffer(Fault.PARTITION);
    link.hold();
  }

  /** The end of a partition. */
  void heal() {
    link.release();
  }

  private void suffer(Fault fault) {
    suffered[fault.ordinal()]++;
  }

  int suffered(Fault fault) {
    return suffered[fault.ordinal()];
  }

  private void heard(String line) {
    JsonNode said;
    try {
      said = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return; // Half a line, of a process that was killed.
    }
    if (said.hasNonNull("report")) {
      reports.reported(
          name,
          said.path("opId").asLong(),
          new AgentState(
              said.path("events").asLong(),
              said.path("chain").asText(),
              said.path("keys").asInt(),
              said.path("table").asText()));
    } else if (said.hasNonNull("agent")) {
      introduction(said);
    }
  }

  private synchronized void introduction(JsonNode said) {
    version = said.path("version").asText();
    publishes = said.path("publishes").asBoolean();
    introduced.countDown();
  }

  /** Asks its process to end. */
  void terminate() {
    if (child != null) {
      child.terminate();
    }
  }

  /** Whether it has ended within this time, as one that was asked to. */
  boolean hasEnded(long timeoutMs) throws InterruptedException {
    return child != null && child.awaitEnd(timeoutMs) && child.exitCode() == 0;
  }

  @Override
  public void close() {
    link.close();
  }
}
