package dev.swarmlog.reliability.faults.clock;

import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A publisher of a limited swarm that always wants more than it may. The burst is so large that a
 * bucket which a jump fills again would show. Thread-safe.
 */
final class LimitedPublisher implements AutoCloseable {
  static final String SWARM = "limited";
  private static final int PER_S = 50;
  private static final int BURST = 300;
  private static final int UNANSWERED = 100;

  /** How late an answer may be. */
  private static final long SLACK_MS = 3_000;

  /** The least part of its rate that it must get. */
  private static final double LEAST_SHARE = 0.7;

  private final SwarmPublisher publisher;
  private final List<Long> acceptedNs = new ArrayList<>();
  private boolean stopped;

  LimitedPublisher(String target) {
    try (SwarmClient client = SwarmClient.connect(target)) {
      client.createSwarm(SWARM);
      client.setRateLimits(
          SWARM,
          RateLimits.newBuilder()
              .setSwarm(
                  RateLimit.newBuilder().setOperationsPerSecond(PER_S).setOperationsBurst(BURST))
              .build());
    }
    this.publisher = SwarmPublisher.builder(target, SWARM, "flooder").start();
    for (int i = 0; i < UNANSWERED; i++) {
      publishNext();
    }
  }

  private void publishNext() {
    publisher
        .publish(
            Publication.event(
                Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("test.Event", "more")))
        .thenRun(this::accepted);
  }

  private void accepted() {
    synchronized (this) {
      if (stopped) {
        return;
      }
      acceptedNs.add(System.nanoTime());
    }
    publishNext();
  }

  /** Publishes no more, and answers what was wrong: more than the limit says, or much less. */
  synchronized Optional<String> stop() {
    stopped = true;
    if (acceptedNs.size() <= BURST) {
      return Optional.of("Expected the burst to be accepted, but got " + acceptedNs.size());
    }
    long beganNs = acceptedNs.get(BURST);
    long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
    int accepted = acceptedNs.size() - BURST;
    double most = PER_S * (elapsedMs + SLACK_MS) / 1_000.0;
    double least = LEAST_SHARE * PER_S * (elapsedMs - SLACK_MS) / 1_000.0;
    if (accepted > most || accepted < least) {
      return Optional.of(
          "Expected %.0f to %.0f operations to be accepted in %d ms at %d/s, but got %d"
              .formatted(least, most, elapsedMs, PER_S, accepted));
    }
    return Optional.empty();
  }

  synchronized int acceptedCount() {
    return acceptedNs.size();
  }

  @Override
  public void close() {
    synchronized (this) {
      stopped = true;
    }
    publisher.close();
  }
}
