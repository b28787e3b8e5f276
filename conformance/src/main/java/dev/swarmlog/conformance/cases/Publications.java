package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.coordinator.Producer;
import dev.swarmlog.conformance.coordinator.Statuses;
import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.conformance.scene.Scene;
import dev.swarmlog.conformance.testee.TesteeException;
import dev.swarmlog.conformance.v1.Publish;
import dev.swarmlog.conformance.v1.PublishOutcome;
import dev.swarmlog.conformance.v1.Request;
import dev.swarmlog.conformance.v1.StopPublisher;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRefusal;
import dev.swarmlog.v1.PublishStreamResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the publisher of a case was given, what became of it, and what a coordinator has of it: each
 * group once, in order. Within the scene's lock but for those methods that wait.
 */
final class Publications {
  private static final int MAX_IN_FLIGHT_GROUPS = 1_024;

  private final Scene scene;
  private final Map<String, Integer> ids = new LinkedHashMap<>();
  private final Map<Integer, List<PublishRecord>> given = new LinkedHashMap<>();
  private final Map<Integer, PublishOutcome> outcomes = new HashMap<>();
  // What is in the log, one list of payloads per group.
  private final List<List<String>> appended = new ArrayList<>();
  private final Map<Long, PublishAck> answers = new HashMap<>();
  private final Set<Producer> welcomed = new HashSet<>();
  private boolean running;
  private long epoch;
  private long next = 1;
  private long head;
  private @Nullable Producer producer;

  Publications(Scene scene) {
    this.scene = scene;
  }

  boolean any() {
    return !given.isEmpty();
  }

  void started() {
    running = true;
  }

  /** Hands a group to the publisher. */
  void publish(Stage stage, String name, Publish publish) throws TesteeException {
    int id = stage.testee().newId();
    scene.change(
        () -> {
          scene.tell("-- publish " + name);
          ids.put(name, id);
          given.put(id, publish.getRecordsList());
        });
    stage.testee().tell(Request.newBuilder().setId(id).setPublish(publish).build());
  }

  void ended(int id, PublishOutcome outcome) {
    scene.tell("publisher told: %s %s".formatted(nameOf(id), outcome.getOutcomeCase()));
    if (outcomes.put(id, outcome) != null) {
      scene.violation("Expected one outcome of " + nameOf(id) + ", but there are two");
    }
  }

  /** The outcome of a group, once it is known. */
  PublishOutcome outcome(String name) throws CaseFailure, Cut {
    return scene.await("an outcome of " + name, () -> outcomes.get(idOf(name)));
  }

  /** The next stream of the publisher. */
  Producer takeProducer(Stage stage) throws CaseFailure, Cut {
    Producer opened =
        scene.await("a stream of the publisher", () -> stage.coordinator().producers().poll());
    producer = opened;
    return opened;
  }

  Producer producer() throws CaseFailure {
    Producer current = producer;
    if (current == null) {
      throw scene.failure("Expected a step \"producer_hello\" before this one");
    }
    return current;
  }

  /** Opens the stream: in a new epoch, or in the one it names. */
  void welcome(Producer opened, int maxInFlightGroups) {
    welcomed.add(opened);
    if (opened.hello().getProducerEpoch() == 0) {
      epoch++;
      next = 1;
      answers.clear();
    } else if (opened.hello().getProducerEpoch() != epoch) {
      scene.violation(
          "Expected a publisher to come back in epoch %d, or begin a new one, but it says %d"
              .formatted(epoch, opened.hello().getProducerEpoch()));
    }
    scene.tell("coordinator: ProducerWelcome epoch %d, next %d".formatted(epoch, next));
    opened.send(
        PublishStreamResponse.newBuilder()
            .setWelcome(
                ProducerWelcome.newBuilder()
                    .setProducerEpoch(epoch)
                    .setNextNumber(next)
                    .setMaxInFlightGroups(maxInFlightGroups)
                    .setLimits(Serving.limits()))
            .build());
  }

  /** Appends a group, or gives its first answer again. */
  void take(Producer from, PublishGroup group) {
    PublishAck before = answers.get(group.getNumber());
    if (before != null) {
      answer(from, before.toBuilder().setDuplicate(true).build());
    } else if (group.getNumber() == next) {
      append(group);
      answer(from, Objects.requireNonNull(answers.get(group.getNumber())));
    } else {
      refuse(
          from,
          group.getNumber(),
          "OUT_OF_SEQUENCE",
          0,
          Map.of("expected_number", Long.toString(next)));
    }
  }

  /** Appends a group, and says nothing. */
  void append(PublishGroup group) {
    next = group.getNumber() + 1;
    appended.add(texts(group.getRecordsList()));
    long first = head + 1;
    head += group.getRecordsCount();
    answers.put(
        group.getNumber(),
        PublishAck.newBuilder()
            .setNumber(group.getNumber())
            .setFirstOpId(first)
            .setLast(
                dev.swarmlog.v1.Position.newBuilder()
                    .setIncarnation(1)
                    .setEpoch(1)
                    .setLog(Log.LOG_MAIN)
                    .setOpId(head)
                    .setRunningHash(com.google.protobuf.ByteString.copyFrom(new byte[16])))
            .setDurability(Durability.DURABILITY_ALWAYS)
            .build());
    scene.tell("coordinator: appended group " + group.getNumber());
  }

  void refuse(
      Producer from, long number, String reason, int retryAfterMs, Map<String, String> metadata) {
    scene.tell("coordinator: refused group %d: %s".formatted(number, reason));
    from.send(
        PublishStreamResponse.newBuilder()
            .setRefusal(
                PublishRefusal.newBuilder()
                    .setNumber(number)
                    .setStatus(Statuses.status(reason, retryAfterMs, metadata)))
            .build());
  }

  private void answer(Producer to, PublishAck ack) {
    scene.tell("coordinator: PublishAck " + ack.getNumber());
    to.send(PublishStreamResponse.newBuilder().setAck(ack).build());
  }

  /** Serves the publisher as a coordinator should, until everything has its outcome. */
  void serve(Stage stage) throws CaseFailure, Cut {
    while (true) {
      Runnable work =
          scene.await("outcomes of everything published", () -> allEnded() ? DONE : next(stage));
      if (work == DONE) {
        return;
      }
      scene.change(work);
    }
  }

  private static final Runnable DONE = () -> {};

  private @Nullable Runnable next(Stage stage) {
    Producer opened = stage.coordinator().producers().poll();
    if (opened != null) {
      return () -> {
        producer = opened;
        welcome(opened, MAX_IN_FLIGHT_GROUPS);
      };
    }
    Producer current = producer;
    if (current != null && !welcomed.contains(current)) {
      return () -> welcome(current, MAX_IN_FLIGHT_GROUPS);
    }
    PublishGroup group = current == null ? null : current.groups().poll();
    return current == null || group == null ? null : () -> take(current, group);
  }

  private boolean allEnded() {
    return outcomes.keySet().containsAll(given.keySet());
  }

  /** What is in the log that should not be, or is not, or is out of order; null if nothing. */
  @Nullable String difference() {
    List<List<String>> left = new ArrayList<>(appended);
    for (Map.Entry<Integer, List<PublishRecord>> one : given.entrySet()) {
      PublishOutcome outcome = outcomes.get(one.getKey());
      List<String> texts = texts(one.getValue());
      if (outcome == null) {
        return "Expected an outcome of " + nameOf(one.getKey());
      }
      boolean isNext = !left.isEmpty() && left.get(0).equals(texts);
      if (isNext && !outcome.hasFailed() && !outcome.hasQueueFull()) {
        left.remove(0);
      } else if (outcome.hasAppended()) {
        return "Expected %s in the log, once and in order, but the log has %s"
            .formatted(nameOf(one.getKey()), appended);
      }
    }
    return left.isEmpty() ? null : "Expected nothing else in the log, but there is also " + left;
  }

  void stop(Stage stage) throws TesteeException {
    if (running) {
      running = false;
      stage.demand(
          stage
              .testee()
              .ask(Request.newBuilder().setStopPublisher(StopPublisher.newBuilder().setWaitMs(0))));
    }
  }

  private int idOf(String name) {
    Integer id = ids.get(name);
    if (id == null) {
      throw new IllegalArgumentException("Expected a publication of the case, but got " + name);
    }
    return id;
  }

  private String nameOf(int id) {
    return ids.entrySet().stream()
        .filter(entry -> entry.getValue() == id)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("publication " + id);
  }

  private static List<String> texts(List<PublishRecord> records) {
    return records.stream()
        .map(
            record ->
                record.getTopic()
                    + " "
                    + record.getKey()
                    + " "
                    + (record.getTombstone() ? "-" : record.getPayload().getData().toStringUtf8()))
        .toList();
  }
}
