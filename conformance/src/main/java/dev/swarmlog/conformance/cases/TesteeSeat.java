package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.testee.TesteeException;
import dev.swarmlog.conformance.testee.TesteeProcess;
import dev.swarmlog.conformance.v1.Description;
import dev.swarmlog.conformance.v1.Response;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a testee runs: one process for one case after the other, and another one when a case has
 * killed it. Used by one case at a time.
 */
public final class TesteeSeat implements AutoCloseable {
  private final List<String> command;
  private final Duration patience;
  private @Nullable TesteeProcess process;
  private @Nullable Description description;
  private int lastAgent;

  /**
   * A seat.
   *
   * @param patience for each answer of the testee
   */
  public TesteeSeat(List<String> command, Duration patience) {
    this.command = command;
    this.patience = patience;
  }

  /** What the testee says of itself. */
  public Description description() throws TesteeException {
    Description known = description;
    if (known == null) {
      known = process().describe();
      description = known;
    }
    return known;
  }

  /** The process, which is started if there is none. */
  public TesteeProcess process() throws TesteeException {
    TesteeProcess running = process;
    if (running == null || !running.isAlive()) {
      running = TesteeProcess.start(command, patience);
      process = running;
      running.describe();
    }
    return running;
  }

  void listen(Consumer<Response> listener) throws TesteeException {
    process().listener(listener);
  }

  /** Ends the process without warning. */
  void kill() {
    if (process != null) {
      process.listener(response -> {});
      process.kill();
      process = null;
    }
  }

  /** A number for an agent that no other of the process has. */
  int newAgent() {
    return ++lastAgent;
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
      process = null;
    }
  }
}
