package dev.swarmlog.reliability.faults.clock;

import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.Redelivery;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Operations whose handler fails until the coordinator gives them again, which must be between half
 * a second and a second later. Thread-safe.
 */
final class RetriedOperations {
  static final Topic TOPIC = Topic.TOPIC_COMMANDS;
  static final String TYPE = "test.Retried";

  /** The least delay of a first retry is 500 ms; the clock of the log may be slewed meanwhile. */
  private static final long EARLIEST_MS = 450;

  /** The longest is 1 s; the rest is for the machine. */
  private static final long LATEST_MS = 6_000;

  private final Map<Long, Long> failedAtNs = new HashMap<>();
  private final Set<String> waiting = new HashSet<>();
  private final List<String> findings = new ArrayList<>();
  private boolean excused;
  private int given;
  private int number;

  synchronized void publish(SwarmPublisher publisher) {
    String text = "retried " + ++number;
    waiting.add(text);
    publisher.publish(Publication.event(TOPIC, Targets.all(), Payloads.text(TYPE, text)));
  }

  /** One that nobody fails at. */
  static Publication other() {
    return Publication.event(TOPIC, Targets.all(), Payloads.text("test.Event", "event"));
  }

  /** The handler: fails for the first one, and takes the one that comes again. */
  synchronized void apply(Operation operation) {
    long nowNs = System.nanoTime();
    Redelivery again = Redelivery.of(operation).orElse(null);
    if (again == null) {
      failedAtNs.put(operation.getOpId(), nowNs);
      throw new IllegalStateException("Expected to be tried later.");
    }
    Long failed = failedAtNs.get(again.firstOpId());
    waiting.remove(operation.getPayload().getData().toStringUtf8());
    given++;
    if (failed != null && !excused) {
      long afterMs = TimeUnit.NANOSECONDS.toMillis(nowNs - failed);
      if (afterMs < EARLIEST_MS || afterMs > LATEST_MS) {
        findings.add(
            "Expected operation %d again after %d to %d ms, but it came after %d ms"
                .formatted(again.firstOpId(), EARLIEST_MS, LATEST_MS, afterMs));
      }
    }
  }

  /** From now on the coordinator is stopped now and then, so nothing is said of when. */
  synchronized void excuse() {
    excused = true;
  }

  /** How many have not come again. */
  synchronized int waitingCount() {
    return waiting.size();
  }

  synchronized int givenCount() {
    return given;
  }

  synchronized List<String> findings() {
    return List.copyOf(findings);
  }
}
