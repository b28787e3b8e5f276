package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A publisher and an agent whom nothing separates, and how long operations take from one to the
 * other. They must not notice what happens to anybody else. Thread-safe.
 */
final class Punctuality implements AutoCloseable {
  private static final long EVERY_MS = 25;

  private final SwarmConnection connection;
  private final SwarmPublisher publisher;
  private final SwarmAgent agent;
  private final Published published;
  private final String name;
  // Guarded by this: when each was published and applied, by System.nanoTime.
  private final List<Long> publishedNs = new ArrayList<>();
  private final List<Long> appliedNs = new ArrayList<>();
  private final List<long[]> excusedNs = new ArrayList<>();

  /**
   * Starts.
   *
   * @param published notes what is published
   * @param clock publishes every 25 ms
   */
  Punctuality(
      String target,
      String swarm,
      String name,
      Published published,
      ScheduledExecutorService clock) {
    this.name = name;
    this.published = published;
    this.connection = SwarmConnection.to(target);
    this.publisher = SwarmPublisher.builder(connection, swarm, name + "-planner").start();
    this.agent =
        SwarmAgent.builder(connection, swarm, name)
            .on(
                Topic.TOPIC_COMMANDS,
                "test.Punctual",
                operation -> applied(operation.getPayload().getData().toStringUtf8()))
            .start();
    clock.scheduleAtFixedRate(this::publish, 0, EVERY_MS, TimeUnit.MILLISECONDS);
  }

  SwarmPublisher publisher() {
    return publisher;
  }

  private synchronized void publish() {
    published.publish(
        publisher,
        Publication.event(
            Topic.TOPIC_COMMANDS,
            Targets.agent(name),
            Payloads.text("test.Punctual", Integer.toString(publishedNs.size()))));
    publishedNs.add(System.nanoTime());
    appliedNs.add(0L);
  }

  private synchronized void applied(String number) {
    int index = Integer.parseInt(number);
    if (appliedNs.get(index) == 0) {
      appliedNs.set(index, System.nanoTime());
    }
  }

  /** What is published in this time may take longer, for it is the coordinator that is away. */
  synchronized void excuse(long fromNs, long toNs) {
    excusedNs.add(new long[] {fromNs, toNs});
  }

  /** The longest that one took from publish to apply; what has not arrived takes until now. */
  synchronized long slowestMs() {
    long slowestNs = 0;
    long nowNs = System.nanoTime();
    for (int i = 0; i < publishedNs.size(); i++) {
      long beganNs = publishedNs.get(i);
      long endedNs = appliedNs.get(i) == 0 ? nowNs : appliedNs.get(i);
      if (excusedNs.stream().noneMatch(span -> endedNs > span[0] && beganNs < span[1])) {
        slowestNs = Math.max(slowestNs, endedNs - beganNs);
      }
    }
    return TimeUnit.NANOSECONDS.toMillis(slowestNs);
  }

  synchronized int count() {
    return publishedNs.size();
  }

  @Override
  public void close() {
    agent.close();
    publisher.close();
    connection.close();
  }
}
