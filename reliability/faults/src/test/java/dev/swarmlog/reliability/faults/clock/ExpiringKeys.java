package dev.swarmlog.reliability.faults.clock;

import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Keys that expire soon, and keys that do not, and when each was deleted. Thread-safe. */
final class ExpiringKeys {
  static final Topic TOPIC = Topic.TOPIC_RECONCILIATION;
  private static final long SOON_MS = 1_500;
  private static final Duration FAR = Duration.ofHours(1);

  /** What the logged clock may be off after slewing, and the two readings of the publisher. */
  private static final long TOLERANCE_MS = 100;

  private static final int FAR_ONE_IN = 5;

  private final Map<String, Long> dueNs = new HashMap<>();
  private final List<String> early = new ArrayList<>();
  private int deleted;
  private int number;

  /** Publishes the next one. */
  synchronized void publish(SwarmPublisher publisher) {
    number++;
    boolean isFar = number % FAR_ONE_IN == 0;
    String key = (isFar ? "far/" : "soon/") + number;
    Duration in = isFar ? FAR : Duration.ofMillis(SOON_MS);
    dueNs.put(key, System.nanoTime() + in.toNanos());
    publisher.publish(
        Publication.keyed(TOPIC, Targets.all(), key, Payloads.text("test.Value", key))
            .expiringIn(in));
  }

  /** A key was deleted; nobody but the coordinator deletes any. */
  synchronized void deleted(Operation tombstone) {
    Long due = dueNs.remove(tombstone.getKey());
    long aheadMs = due == null ? 0 : TimeUnit.NANOSECONDS.toMillis(due - System.nanoTime());
    if (aheadMs > TOLERANCE_MS) {
      early.add(
          "Expected %s to expire in its time, but it did %d ms early"
              .formatted(tombstone.getKey(), aheadMs));
    }
    deleted++;
  }

  /** How many are due and still there. */
  synchronized long overdue() {
    long nowNs = System.nanoTime();
    return dueNs.values().stream().filter(due -> due < nowNs).count();
  }

  synchronized int deletedCount() {
    return deleted;
  }

  /** Keys that expired before their time, in words. */
  synchronized List<String> early() {
    return List.copyOf(early);
  }
}
