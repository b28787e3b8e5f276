package dev.swarmlog.demo.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * All processes that the supervisor has started, so that none outlives it: whichever way the JVM
 * ends, short of being killed itself, a hook kills what is left. (A child whose supervisor was
 * killed ends by itself, see {@link ParentWatch}.)
 *
 * <p>Any thread may call it; the list belongs to the object's lock.
 */
public final class Children implements AutoCloseable {
  private final Launch launch;
  private final Path logs;
  private final List<Child> started = new ArrayList<>();
  private final Thread hook = new Thread(this::killAll, "kill the children");
  private boolean closed;

  public Children(Launch launch, Path logs) {
    this.launch = launch;
    this.logs = logs;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Starts a process of this program.
   *
   * @param name for people; its log file is named for it
   * @param onStatus called on the child's own thread
   */
  public Child start(
      String name, List<String> jvmOptions, List<String> arguments, Consumer<Status> onStatus)
      throws IOException {
    return start(
        name,
        launch.command(jvmOptions, arguments),
        line -> StatusLines.parse(line).ifPresent(onStatus));
  }

  /**
   * Starts a process of any program.
   *
   * @param name for people; its log file is named for it
   * @param onLine told each line that it writes, on the child's own thread
   */
  public Child start(String name, List<String> command, Consumer<String> onLine)
      throws IOException {
    return start(name, command, Map.of(), onLine);
  }

  /** The same, with variables in its environment. */
  synchronized Child start(
      String name, List<String> command, Map<String, String> environment, Consumer<String> onLine)
      throws IOException {
    if (closed) {
      throw new IOException("Expected to start " + name + ", but the demo is being stopped.");
    }
    Path log = logs.resolve(name.replace(' ', '-') + ".log");
    Child child = Child.start(name, command, environment, log, onLine);
    started.removeIf(before -> !before.isAlive());
    started.add(child);
    return child;
  }

  /** How to start a process of this program. */
  Launch launch() {
    return launch;
  }

  /** Kills what is still running and returns when all are gone. */
  @Override
  public void close() {
    killAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is shutting down, and the hook has nothing left to do.
      return;
    }
  }

  private synchronized void killAll() {
    closed = true;
    started.stream().filter(Child::isAlive).forEach(Child::kill);
  }
}
