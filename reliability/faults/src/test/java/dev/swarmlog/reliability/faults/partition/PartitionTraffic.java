package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Publishes events, and sets and deletes keys, for all, for single agents and for roles; by a
 * publisher that is never cut off, and now and then by those of the agents. Keys have few values,
 * so that many come back to the one they had. One thread at a time, that of its clock.
 */
final class PartitionTraffic {
  private static final long EVERY_MS = 10;
  private static final int EACH_TIME = 2;
  private static final int FIELD_ONE_IN = 5;
  private static final int KEYS = 6;
  private static final int VALUES = 3;

  private final Published published;
  private final SwarmPublisher planner;
  private final List<PartitionedAgent> agents;
  private final Random random;
  private final ScheduledExecutorService clock;
  private ScheduledFuture<?> under;
  private long number;

  PartitionTraffic(
      Published published,
      SwarmPublisher planner,
      List<PartitionedAgent> agents,
      Random random,
      ScheduledExecutorService clock) {
    this.published = published;
    this.planner = planner;
    this.agents = agents;
    this.random = random;
    this.clock = clock;
  }

  /** Goes on until {@link #pause}. */
  void goOn() {
    under = clock.scheduleAtFixedRate(this::publish, 0, EVERY_MS, TimeUnit.MILLISECONDS);
  }

  /** Nothing more is published when it returns. */
  void pause() throws Exception {
    under.cancel(false);
    // On the clock's one thread, so behind a step that is under way.
    clock.submit(() -> {}).get();
  }

  private void publish() {
    for (int i = 0; i < EACH_TIME; i++) {
      published.publish(planner, draw());
    }
    if (random.nextInt(FIELD_ONE_IN) == 0) {
      published.publish(agents.get(random.nextInt(agents.size())).publisher(), draw());
    }
  }

  private Publication draw() {
    Topic topic =
        random.nextInt(20) == 0
            ? Topic.TOPIC_CONTROL
            : AgentScopes.MAIN_TOPICS.get(random.nextInt(AgentScopes.MAIN_TOPICS.size()));
    Target target =
        switch (random.nextInt(4)) {
          case 0 -> Targets.agent(agents.get(random.nextInt(agents.size())).name());
          case 1 -> Targets.role(AgentScopes.ROLES.get(random.nextInt(AgentScopes.ROLES.size())));
          default -> Targets.all();
        };
    number++;
    String key = "key/" + random.nextInt(KEYS);
    return switch (random.nextInt(10)) {
      case 0, 1, 2, 3 ->
          Publication.event(
              topic, target, Payloads.text("test.Event", "event " + number + " ".repeat(100)));
      case 4 -> Publication.delete(topic, target, key);
      default ->
          Publication.keyed(
              topic, target, key, Payloads.text("test.Value", "value " + random.nextInt(VALUES)));
    };
  }
}
