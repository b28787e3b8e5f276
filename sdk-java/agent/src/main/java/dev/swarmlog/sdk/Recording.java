package dev.swarmlog.sdk;

import io.opentelemetry.api.trace.Span;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * Calls of the application's OpenTelemetry by one agent or publisher. Processors, samplers and
 * exporters of an application run within them, and what they throw must not become a failure of
 * delivery: it is logged, and what was to be recorded is missing. Thread-safe.
 */
final class Recording {
  private static final System.Logger LOG = System.getLogger(Recording.class.getName());

  private final String swarm;
  private final String client;
  // Guarded by itself.
  private final RepeatedFailures failures = new RepeatedFailures();

  /**
   * Those of a client.
   *
   * @param client the name of the agent or publisher
   */
  Recording(String swarm, String client) {
    this.swarm = swarm;
    this.client = client;
  }

  /** Records something. */
  @SuppressWarnings("CatchingUnchecked") // Errors too: that of another version of its API is one.
  void attempt(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /** Begins a span; an invalid one if that fails. */
  @SuppressWarnings("CatchingUnchecked") // As above.
  Span begin(Supplier<Span> call) {
    try {
      return call.get();
    } catch (RuntimeException | Error e) {
      failed(e);
      return Span.getInvalid();
    }
  }

  private void failed(Throwable why) {
    OptionalLong leftOut;
    synchronized (failures) {
      leftOut = failures.count(RepeatedFailures.place(why), System.nanoTime());
    }
    if (leftOut.isPresent()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Expected the application's OpenTelemetry to record what '%s' of swarm '%s' does, but it threw; nothing else is lost%s"
              .formatted(client, swarm, RepeatedFailures.others(leftOut)),
          why);
    }
  }
}
