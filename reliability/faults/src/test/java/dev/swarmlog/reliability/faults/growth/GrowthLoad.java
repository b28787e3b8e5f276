package dev.swarmlog.reliability.faults.growth;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.sdk.GroupPosition;
import dev.swarmlog.sdk.HandlerFailurePolicy;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.SwarmlogException;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PurgeParkedRequest;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What one swarm goes through: publications at a steady rate, keyed ones among them on keys that
 * are few, some that expire, agents that stay, agents that come and go and publish, agents that
 * cannot apply what they are given, readers that sync, telemetry; and somebody who compacts the log
 * behind the slowest agent and clears away what was parked.
 *
 * <p>Each of these is a task of its own, which waits for itself only. Made and closed by one
 * thread.
 */
final class GrowthLoad implements AutoCloseable {

  private static final int KEYS = 400;
  static final int PAYLOAD_BYTES = 256;
  private static final int GROUP_OPERATIONS = 20;
  private static final int MEASUREMENTS = 2;

  /** What fills the recent operations that the coordinator keeps in memory, and some more. */
  private static final int FILLING_OPERATIONS = 30_000;

  /** With more above the horizon it publishes nothing, until that has been compacted. */
  private static final int MAX_HISTORY_OPERATIONS = 10_000;

  /** With more without an answer it publishes nothing: the load is what the machine can do. */
  private static final int MAX_GROUPS_UNANSWERED = 4;

  private static final int STAYING_AGENTS = 3;
  private static final int GUEST_NAMES = 16;

  private static final long PUBLISH_EVERY_MS = 20;
  private static final long GUEST_EVERY_MS = 300;
  private static final long SYNC_EVERY_MS = 500;
  private static final long CLEAN_EVERY_MS = 1_000;

  /** Of so many operations an agent cannot apply one. */
  private static final int FAILS_ONE_IN = 400;

  private static final Duration SHORT_LIFE = Duration.ofSeconds(3);
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final String TYPE = "growth";

  /** Of what it cannot apply an agent tells at length; held, or the level would be forgotten. */
  private static final Logger SDK_LOGGER = Logger.getLogger("dev.swarmlog.sdk");

  static {
    SDK_LOGGER.setLevel(Level.SEVERE);
  }

  private static final int SLICE_BYTES = 1 << 16;

  private final String swarm;
  private final boolean compacts;
  private final Random random;
  private final byte[] noise = new byte[SLICE_BYTES];
  private final SwarmConnection connection;
  private final SwarmClient client;
  private final SwarmPublisher publisher;
  private final List<SwarmAgent> staying = new ArrayList<>();
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(4);
  private final List<ScheduledFuture<?>> tasks = new ArrayList<>();
  private final Queue<Double> ackMs = new ConcurrentLinkedQueue<>();
  private final AtomicLong published = new AtomicLong();
  private final AtomicLong guests = new AtomicLong();
  private final AtomicLong purged = new AtomicLong();
  private final AtomicLong headOpId = new AtomicLong();
  private final AtomicLong horizonOpId = new AtomicLong();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicLong synced = new AtomicLong();

  /**
   * @param compacts whether anybody compacts the log
   */
  GrowthLoad(String target, String swarm, boolean compacts, Random random) {
    this.swarm = swarm;
    this.compacts = compacts;
    this.random = random;
    random.nextBytes(noise);
    this.connection = SwarmConnection.to(target);
    this.client = SwarmClient.over(connection).withTimeout(TIMEOUT);
    client.createSwarm(swarm);
    this.publisher = SwarmPublisher.builder(connection, swarm, "planner").start();
    for (int i = 0; i < STAYING_AGENTS; i++) {
      staying.add(staying(i));
    }
  }

  /** Fills at once what is bounded and would fill for minutes, so that it is full. */
  void fill() {
    List<CompletableFuture<GroupPosition>> answers = new ArrayList<>();
    for (int i = 0; i < FILLING_OPERATIONS; i += GROUP_OPERATIONS) {
      answers.add(publisher.publishGroup(group(GROUP_OPERATIONS)));
    }
    answers.forEach(answer -> headOpId.set(answer.join().last().getOpId()));
  }

  /** Begins, and goes on until it is closed. */
  void begin() {
    every(PUBLISH_EVERY_MS, this::publish);
    every(GUEST_EVERY_MS, this::guest);
    every(SYNC_EVERY_MS, this::sync);
    every(CLEAN_EVERY_MS, this::clean);
  }

  /** Fails if any of what it does has. */
  void check() throws Exception {
    for (ScheduledFuture<?> task : tasks) {
      if (task.isDone()) {
        try {
          task.get();
        } catch (ExecutionException e) {
          throw new IllegalStateException(
              "Expected " + swarm + " to go on, but " + e.getCause(), e);
        }
      }
    }
  }

  /** How long acks took since this was asked last, in milliseconds. */
  List<Double> takeAckMs() {
    List<Double> taken = new ArrayList<>();
    for (Double next = ackMs.poll(); next != null; next = ackMs.poll()) {
      taken.add(next);
    }
    return taken;
  }

  /** What was done so far. */
  String summary() {
    return "%s: %,d published, %,d agents came and went, %,d operations read by syncs, %,d parked and purged, horizon at %,d"
        .formatted(
            swarm, published.get(), guests.get(), synced.get(), purged.get(), horizonOpId.get());
  }

  long published() {
    return published.get();
  }

  long guests() {
    return guests.get();
  }

  long purged() {
    return purged.get();
  }

  private void every(long periodMs, Runnable task) {
    // With a delay and not at a rate: what was held up is not made up for by a burst.
    tasks.add(threads.scheduleWithFixedDelay(task, periodMs, periodMs, TimeUnit.MILLISECONDS));
  }

  private SwarmAgent staying(int number) {
    boolean fails = number == 0;
    return SwarmAgent.builder(connection, swarm, "staying-" + number)
        .on(
            Topic.TOPIC_COMMANDS,
            operation -> {
              if (fails && operation.getOpId() % FAILS_ONE_IN == 0) {
                throw new IllegalStateException("This agent cannot apply it.");
              }
            })
        .onHandlerFailure(new ParkingPolicy())
        .start();
  }

  /** In turns: park at once, or have it come again soon. */
  private static final class ParkingPolicy implements HandlerFailurePolicy {

    @Override
    public Decision decide(List<Operation> operations, Throwable failure, int attempts) {
      return operations.get(0).getOpId() / FAILS_ONE_IN % 2 == 0
          ? Decision.PARK
          : Decision.RETRY_LATER;
    }

    @Override
    public Duration retryLaterIn(int times) {
      return Duration.ofMillis(200);
    }
  }

  private void publish() {
    boolean tooMuch =
        compacts && headOpId.get() - horizonOpId.get() > MAX_HISTORY_OPERATIONS
            || unanswered.get() >= MAX_GROUPS_UNANSWERED;
    if (tooMuch) {
      return;
    }
    unanswered.incrementAndGet();
    List<Publication> group = group(GROUP_OPERATIONS);
    long sentNs = System.nanoTime();
    var unused =
        publisher
            .publishGroup(group)
            .thenAccept(
                position -> {
                  unanswered.decrementAndGet();
                  headOpId.set(position.last().getOpId());
                  published.addAndGet(group.size());
                  ackMs.add((System.nanoTime() - sentNs) / 1e6);
                });
    for (int i = 0; i < MEASUREMENTS; i++) {
      publisher.telemetry(Publication.measurement(Targets.all(), payload()));
    }
  }

  private List<Publication> group(int operations) {
    List<Publication> group = new ArrayList<>();
    for (int i = 0; i < operations; i++) {
      group.add(next());
    }
    return group;
  }

  private Publication next() {
    int dice = random.nextInt(20);
    if (dice == 0) {
      return Publication.delete(Topic.TOPIC_COMMANDS, Targets.all(), key());
    }
    Publication publication =
        dice < 10
            ? Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), key(), payload())
            : Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), payload());
    return random.nextInt(10) == 0 ? publication.expiringIn(SHORT_LIFE) : publication;
  }

  private String key() {
    return "key-" + random.nextInt(KEYS);
  }

  private Payload payload() {
    int at = random.nextInt(SLICE_BYTES - PAYLOAD_BYTES);
    return Payloads.bytes(
        TYPE, "application/octet-stream", ByteString.copyFrom(noise, at, PAYLOAD_BYTES));
  }

  /** Comes for the first time or again with nothing in its hands, publishes, and leaves. */
  private void guest() {
    String name = "guest-" + random.nextInt(GUEST_NAMES);
    try (SwarmAgent agent =
        SwarmAgent.builder(connection, swarm, name)
            .on(Topic.TOPIC_COMMANDS, operation -> {})
            .start()) {
      agent.awaitCaughtUp(TIMEOUT);
      agent
          .publisher()
          .publish(Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), payload()))
          .get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
      guests.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      // The machine has other things to do, or the log was compacted each time: this one gives up.
      System.out.println(e.getMessage());
    } catch (Exception e) {
      throw new IllegalStateException("Expected " + name + " to catch up and publish", e);
    }
  }

  private void sync() {
    SyncRequest request =
        SyncRequest.newBuilder()
            .setSwarm(swarm)
            .setAgent("reader")
            .setView(
                View.newBuilder()
                    .addScopes(
                        ViewScope.newBuilder()
                            .setTopic(Topic.TOPIC_COMMANDS)
                            .setAll(AllAgents.getDefaultInstance())))
            .setResume(
                LogResume.newBuilder().setPosition(Position.newBuilder().setLog(Log.LOG_MAIN)))
            .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
            .build();
    try (FrameStream<SyncResponse> frames = client.sync(request)) {
      while (frames.hasNext()) {
        SyncResponse frame = frames.next();
        synced.addAndGet(
            frame.getPage().getOperationsCount() + frame.getSnapshot().getOperationsCount());
      }
    } catch (SwarmlogException e) {
      // What it was reading has been compacted meanwhile: it asks again next time.
      if (e.reason() != ErrorReason.ERROR_REASON_BELOW_HORIZON) {
        throw e;
      }
    }
  }

  private void clean() {
    purged.addAndGet(
        client
            .purgeParked(PurgeParkedRequest.newBuilder().setSwarm(swarm).build())
            .getPurgedCount());
    if (!compacts) {
      return;
    }
    long slowestOpId = Long.MAX_VALUE;
    for (SwarmAgent agent : staying) {
      Position position = agent.positions().get(Log.LOG_MAIN);
      slowestOpId = Math.min(slowestOpId, position == null ? 0 : position.getOpId());
    }
    boolean complete = slowestOpId == 0;
    while (!complete) {
      var answer = client.compactSwarm(swarm, Log.LOG_MAIN, slowestOpId);
      horizonOpId.set(answer.getHorizonOpId());
      complete = answer.getComplete();
    }
  }

  @Override
  public void close() throws InterruptedException {
    threads.shutdown();
    threads.awaitTermination(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    staying.forEach(SwarmAgent::close);
    publisher.close();
    client.close();
    connection.close();
  }
}
