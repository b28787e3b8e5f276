package dev.swarmlog.reliability.faults.sync;

import dev.swarmlog.sdk.GroupPosition;
import dev.swarmlog.sdk.Overflow;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A publisher of random groups over few keys and few values, so that keys often come back to a
 * value they had. Belongs to one thread at a time.
 */
final class RandomTraffic {
  private static final int KEYS_PER_SCOPE = 16;
  private static final int VALUES = 4;
  private static final int MAX_GROUP = 6;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final SwarmPublisher publisher;
  private final Random random;
  private final List<Scope> mainScopes = new ArrayList<>();
  private final Map<String, String> valueBefore = new HashMap<>();
  private final List<CompletableFuture<GroupPosition>> unanswered = new ArrayList<>();
  private final ScheduledExecutorService steady = Executors.newSingleThreadScheduledExecutor();
  private int events;

  RandomTraffic(String target, String swarm, String name, List<String> agents, Random random) {
    this.publisher =
        SwarmPublisher.builder(target, swarm, name)
            .overflow(Overflow.BLOCK)
            .maxQueued(200, 1 << 20)
            .start();
    this.random = random;
    for (Topic topic : AgentView.MAIN_TOPICS) {
      mainScopes.add(AgentView.scope(topic, Targets.all()));
      agents.forEach(agent -> mainScopes.add(AgentView.scope(topic, Targets.agent(agent))));
      AgentView.ROLES.forEach(role -> mainScopes.add(AgentView.scope(topic, Targets.role(role))));
    }
  }

  /** Publishes groups and waits until all are in the log. */
  void burst(int groups) throws Exception {
    for (int i = 0; i < groups; i++) {
      publishGroup();
    }
    awaitAnswers();
  }

  /** Publishes a group now and then, on a thread of its own, until it is stopped. */
  void goOn(Duration period) {
    var unused =
        steady.scheduleAtFixedRate(this::publishGroup, 0, period.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Publishes nothing more, and waits until everything is in the log. */
  void stop() throws Exception {
    steady.shutdown();
    if (!steady.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("Expected the publisher to find room, but it still waits");
    }
    awaitAnswers();
  }

  /** Ends it, whatever was answered. */
  void close() {
    steady.shutdownNow();
    publisher.close(Duration.ofSeconds(1));
  }

  /** Fails if any group was refused. */
  private void awaitAnswers() throws Exception {
    CompletableFuture.allOf(unanswered.toArray(CompletableFuture[]::new))
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    unanswered.clear();
  }

  private void publishGroup() {
    boolean control = random.nextInt(8) == 0;
    int size = 1 + random.nextInt(MAX_GROUP);
    List<Publication> group = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Scope scope =
          control
              ? AgentView.scope(Topic.TOPIC_CONTROL, Targets.all())
              : mainScopes.get(random.nextInt(mainScopes.size()));
      group.add(publication(scope));
    }
    unanswered.add(publisher.publishGroup(group));
  }

  private Publication publication(Scope scope) {
    int dice = random.nextInt(100);
    if (dice < 20) {
      String text = "event %d of the traffic".formatted(events++);
      Publication event =
          Publication.event(scope.getTopic(), scope.getTarget(), Payloads.text("event", text));
      return dice < 3 ? expiring(event) : event;
    }
    String key = "key-%02d".formatted(random.nextInt(KEYS_PER_SCOPE));
    if (dice < 35) {
      return Publication.delete(scope.getTopic(), scope.getTarget(), key);
    }
    Publication set =
        Publication.keyed(
            scope.getTopic(), scope.getTarget(), key, Payloads.text("value", value(scope, key)));
    return dice < 38 ? expiring(set) : set;
  }

  /** Often the one before the last. */
  private String value(Scope scope, String key) {
    String fresh = "value %d, of some length".formatted(random.nextInt(VALUES));
    String before = valueBefore.put(scope + key, fresh);
    return before != null && random.nextBoolean() ? before : fresh;
  }

  private Publication expiring(Publication publication) {
    long inMs = 100 + random.nextInt(2_000);
    long atNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis() + inMs);
    return new Publication(publication.record().toBuilder().setExpiresAtUnixNano(atNs).build(), "");
  }
}
