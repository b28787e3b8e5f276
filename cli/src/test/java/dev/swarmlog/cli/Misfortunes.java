package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.RepairReport;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.LaneState;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishResponse;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.Topic;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * What goes wrong on a bad day, each in a swarm of its own. Each has been counted when its method
 * returns. Used by one test thread.
 */
final class Misfortunes implements AutoCloseable {

  /** What an agent may be sent without acknowledging it. */
  static final int WINDOW_OPERATIONS = 50;

  /** How often the sums of agents are looked at. */
  static final Duration DRIFT_CHECK_INTERVAL = Duration.ofMillis(100);

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** So many refusals in a row open a breaker. */
  private static final int REFUSALS_TO_OPEN = 20;

  private final MeteredCoordinator coordinator;
  private final String target;
  private final ManagedChannel channel;

  Misfortunes(MeteredCoordinator coordinator) {
    this.coordinator = coordinator;
    this.target = coordinator.target();
    this.channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
  }

  /** A person has an agent try again what it had refused. */
  void redeliver() throws InterruptedException {
    publish("again", group(1));
    try (RefusingAgent agent = new RefusingAgent(target, "again", "a7")) {
      agent.awaitOperation(1);
      agent.park(1);
      run("parked", "replay", "again", "a7", "--all");
      agent.awaitRedelivery();
    }
  }

  /** A publisher that heard no answer publishes again. */
  void publishTwice() {
    PublishGroup group = group(1).toBuilder().setIdempotencyKey("go").build();
    publish("twice", group);
    publish("twice", group);
  }

  /** A group is larger than its publisher's bucket will ever be. */
  void overfillBucket() {
    run("swarms", "create", "refused");
    run("limits", "refused", "--agent-rate", "10/s", "--agent-burst", "1");
    ListenableFuture<PublishResponse> answer = publishing("refused", group(2));
    assertThat(answer)
        .failsWithin(PATIENCE)
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("burst of the rate limit");
  }

  /** A publisher is faster than its bucket fills. */
  void emptyBucket() throws Exception {
    run("swarms", "create", "hurried");
    run("limits", "hurried", "--agent-rate", "2/s", "--agent-burst", "1");
    List<ListenableFuture<PublishResponse>> answers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      answers.add(publishing("hurried", group(1)));
    }
    for (ListenableFuture<PublishResponse> answer : answers) {
      answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** An agent reads, and acknowledges nothing until its window is full. */
  void stall() throws InterruptedException {
    publish("stalled", group(WINDOW_OPERATIONS));
    try (RefusingAgent agent = new RefusingAgent(target, "stalled", "a7")) {
      Position full = agent.awaitOperation(WINDOW_OPERATIONS);
      publish("stalled", group(1));
      Awaitility.await()
          .atMost(PATIENCE)
          .until(
              () ->
                  agent.exchange(Heartbeat.newBuilder()).getLanesList().stream()
                      .anyMatch(LaneState::getStalled));
      agent.acknowledge(full, 0);
      agent.awaitOperation(WINDOW_OPERATIONS + 1);
    }
  }

  /** An agent refuses everything until it is not served any more. */
  void openBreaker() throws InterruptedException {
    publish("broken", group(REFUSALS_TO_OPEN));
    try (RefusingAgent agent = new RefusingAgent(target, "broken", "a7")) {
      agent.awaitOperation(REFUSALS_TO_OPEN);
      agent.parkUntilEnded(REFUSALS_TO_OPEN);
    }
  }

  /** An agent tells what came to it twice, and what came in disorder. */
  void disorder() throws InterruptedException {
    publish("disordered", group(1));
    try (RefusingAgent agent = new RefusingAgent(target, "disordered", "a7")) {
      agent.exchange(Heartbeat.newBuilder().setIgnoredDuplicates(3).setOutOfOrder(1));
    }
  }

  /**
   * An agent and a publisher tell of clocks that are right to a millisecond, and the agent applies
   * a second before the publish.
   */
  void mistakeClocks() throws InterruptedException {
    long publishedUnixNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    publish("skewed", group(1));
    try (RefusingAgent planner = new RefusingAgent(target, "skewed", "planner");
        RefusingAgent agent = new RefusingAgent(target, "skewed", "a7")) {
      Heartbeat.Builder sure =
          Heartbeat.newBuilder().setClockOffsetNano(0).setClockUncertaintyNano(1_000_000);
      planner.exchange(sure);
      agent.exchange(sure);
      publish("skewed", stamped(group(1), publishedUnixNs));
      agent.acknowledge(agent.awaitOperation(2), publishedUnixNs - TimeUnit.SECONDS.toNanos(1));
      // Nobody is told of it, and both have to be there still when the ack arrives.
      coordinator.awaitSample("swarmlog_lag_uncertainty_seconds_count");
      coordinator.awaitSample("swarmlog_lag_negative_total");
    }
  }

  /** What an agent holds is changed behind its back; it is found, and mended. */
  void drift() throws Exception {
    Map<String, Payload> state = new ConcurrentHashMap<>();
    CompletableFuture<RepairReport> repaired = new CompletableFuture<>();
    run("publish", "drifting", "right", "--key", "rack 7");
    try (SwarmAgent agent =
        SwarmAgent.builder(target, "drifting", "a7")
            .topics(Topic.TOPIC_COMMANDS)
            .onBatch(
                batch ->
                    batch.operations().forEach(held -> state.put(held.getKey(), held.getPayload())))
            .stateOf(
                (scope, held) -> {
                  if (scope.getTarget().equals(Targets.all())) {
                    state.forEach(held::value);
                  }
                },
                DRIFT_CHECK_INTERVAL)
            .listener(
                new AgentListener() {
                  @Override
                  public void drifted(RepairReport report) {
                    repaired.complete(report);
                  }
                })
            .start()) {
      agent.awaitCaughtUp(PATIENCE);
      state.put("rack 7", Payloads.text("", "wrong"));
      repaired.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private void publish(String swarm, PublishGroup group) {
    assertThat(publishing(swarm, group)).succeedsWithin(PATIENCE);
  }

  private ListenableFuture<PublishResponse> publishing(String swarm, PublishGroup group) {
    return PublishServiceGrpc.newFutureStub(channel)
        .publish(
            PublishRequest.newBuilder()
                .setSwarm(swarm)
                .setPublisher("planner")
                .setGroup(group)
                .build());
  }

  /** Events for everybody on commands. */
  private static PublishGroup group(int operations) {
    PublishRecord event =
        PublishRecord.newBuilder()
            .setTopic(Topic.TOPIC_COMMANDS)
            .setTarget(Targets.all())
            .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
            .setPayload(
                Payload.newBuilder()
                    .setContentType("text/plain")
                    .setData(ByteString.copyFromUtf8("go")))
            .build();
    return PublishGroup.newBuilder().addAllRecords(Collections.nCopies(operations, event)).build();
  }

  private static PublishGroup stamped(PublishGroup group, long publishedUnixNs) {
    PublishGroup.Builder stamped = group.toBuilder();
    stamped.getRecordsBuilderList().forEach(each -> each.setPublishTimeUnixNano(publishedUnixNs));
    return stamped.build();
  }

  private void run(String... command) {
    MeteredCoordinator.runAt(target, command);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
