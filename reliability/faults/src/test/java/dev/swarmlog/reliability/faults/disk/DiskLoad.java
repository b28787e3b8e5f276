package dev.swarmlog.reliability.faults.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is published to one swarm through the Java SDK, what was acknowledged of it, and what an
 * agent that is there all the time was given. Every payload begins with a number of its own.
 */
final class DiskLoad implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String target;
  private final String swarm;
  private final Random random;
  private final SwarmPublisher publisher;
  private final Received received = new Received();
  private final SwarmAgent agent;
  private final AtomicLong lastNumber = new AtomicLong();

  /** By number: where it was acknowledged to be. */
  private final Map<Long, Position> acknowledged = new ConcurrentHashMap<>();

  private final Map<Long, Throwable> failed = new ConcurrentHashMap<>();

  DiskLoad(String target, String swarm, Random random) {
    this.target = target;
    this.swarm = swarm;
    this.random = random;
    this.publisher = SwarmPublisher.builder(target, swarm, "planner").start();
    this.agent = received.start(target, swarm, "agent-1");
  }

  String swarm() {
    return swarm;
  }

  /** Publishes an event; the answer is noted when it comes. */
  CompletableFuture<Position> publish(Topic topic, int bytes) {
    long number = lastNumber.incrementAndGet();
    byte[] payload = new byte[bytes];
    random.nextBytes(payload);
    ByteBuffer.wrap(payload).putLong(number);
    CompletableFuture<Position> answer =
        publisher.publish(
            Publication.event(topic, Targets.all(), BytesValue.of(ByteString.copyFrom(payload))));
    return answer.whenComplete(
        (position, failure) -> {
          if (failure == null) {
            acknowledged.put(number, position);
          } else {
            failed.put(number, failure);
          }
        });
  }

  /** Publishes telemetry, for whose answer nobody waits. */
  void measure(int bytes) {
    publisher.telemetry(
        Publication.measurement(
            Targets.all(), BytesValue.of(ByteString.copyFrom(new byte[bytes]))));
  }

  /** How much telemetry was taken. */
  long measured() {
    return publisher.telemetryCounts().taken();
  }

  /** How much the coordinator has shed. */
  long shed() {
    return publisher.telemetryCounts().shed();
  }

  /** How many groups were published, answered or not. */
  long published() {
    return lastNumber.get();
  }

  /** How many of them were acknowledged. */
  int acknowledged() {
    return acknowledged.size();
  }

  /** Waits until at most so many groups wait for their answer, or the coordinator has gone. */
  void awaitRoom(int pending, Callable<Boolean> coordinatorIsAlive) {
    await("answers in " + swarm)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> publisher.pending() <= pending || !coordinatorIsAlive.call());
  }

  /** How many wait for their answer. */
  int pending() {
    return publisher.pending();
  }

  /** The agent that was there all the time has been given an operation. */
  void awaitDelivered(Position position) {
    await("delivery of " + position.getOpId() + " in " + swarm)
        .atMost(PATIENCE)
        .until(() -> received.has(position.getLog(), position.getOpId()));
  }

  /** An agent that starts with nothing is given all that was acknowledged, from the disk. */
  void checkReading() throws Exception {
    Map<Long, Position> expected = Map.copyOf(acknowledged);
    Received fresh = new Received();
    try (SwarmAgent reading = fresh.start(target, swarm, "fresh-" + random.nextInt())) {
      reading.awaitCaughtUp(PATIENCE);
      fresh.check(expected);
    }
  }

  /** All that was published is acknowledged by now, or soon, and everybody has it, once. */
  void checkAll() throws Exception {
    await("answers to all that was published in " + swarm)
        .atMost(PATIENCE)
        .until(() -> acknowledged.size() + failed.size() == lastNumber.get());
    assertThat(failed).isEmpty();
    for (Log log : List.of(Log.LOG_CONTROL, Log.LOG_MAIN)) {
      acknowledged.values().stream()
          .filter(position -> position.getLog() == log)
          .max(Comparator.comparingLong(Position::getOpId))
          .ifPresent(this::awaitDelivered);
    }
    received.check(acknowledged);
    checkReading();
  }

  @Override
  public void close() {
    agent.close(Duration.ZERO);
    publisher.close(Duration.ZERO);
  }

  /** What one agent was given, in the order in which it came. */
  private static final class Received {
    private final Map<Log, List<Event>> byLog = new ConcurrentHashMap<>();

    private record Event(long opId, long number) {}

    SwarmAgent start(String target, String swarm, String name) {
      return SwarmAgent.builder(target, swarm, name)
          .cursorStore(CursorStore.inMemory())
          .on(Topic.TOPIC_COMMANDS, operation -> note(Log.LOG_MAIN, operation))
          .on(Topic.TOPIC_CONTROL, operation -> note(Log.LOG_CONTROL, operation))
          .start();
    }

    private synchronized void note(Log log, Operation operation)
        throws InvalidProtocolBufferException {
      ByteString payload = BytesValue.parseFrom(operation.getPayload().getData()).getValue();
      byLog
          .computeIfAbsent(log, none -> new ArrayList<>())
          .add(new Event(operation.getOpId(), payload.asReadOnlyByteBuffer().getLong()));
    }

    synchronized boolean has(Log log, long opId) {
      return byLog.getOrDefault(log, List.of()).stream().anyMatch(event -> event.opId == opId);
    }

    /** Everything is there, where it was acknowledged to be, in order and only once. */
    synchronized void check(Map<Long, Position> expected) {
      Set<Long> met = new HashSet<>();
      byLog.forEach(
          (log, events) -> {
            long before = 0;
            for (Event event : events) {
              assertThat(event.opId).as("order of %s", log).isGreaterThan(before);
              before = event.opId;
              assertThat(met.add(event.number)).as("appended once: %s", event).isTrue();
              Position position = expected.get(event.number);
              if (position != null) {
                assertThat(position.getLog()).isEqualTo(log);
                assertThat(position.getOpId()).isEqualTo(event.opId);
              }
            }
          });
      assertThat(met).as("what was acknowledged").containsAll(expected.keySet());
    }
  }
}
