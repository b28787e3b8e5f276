package dev.swarmlog.conformance.cases;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.swarmlog.conformance.coordinator.Producer;
import dev.swarmlog.conformance.coordinator.Statuses;
import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.conformance.testee.TesteeException;
import dev.swarmlog.conformance.v1.Publish;
import dev.swarmlog.conformance.v1.PublishOutcome;
import dev.swarmlog.conformance.v1.Request;
import dev.swarmlog.conformance.v1.StartPublisher;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Steps of a publisher; all of the log main. */
final class PublisherSteps {
  private PublisherSteps() {}

  /** A publisher starts. */
  record StartPublishing(
      @JsonProperty("max_queued_groups") int maxQueuedGroups,
      @JsonProperty("random") @Nullable Double random,
      boolean traced)
      implements Step {
    @Override
    public void run(Stage stage) throws TesteeException {
      StartPublisher.Builder start =
          StartPublisher.newBuilder()
              .setTarget("127.0.0.1:" + stage.link().port())
              .setSwarm(Stage.SWARM)
              .setName("publisher-1")
              .setMaxQueuedGroups(maxQueuedGroups)
              .setMaxQueuedBytes(maxQueuedGroups == 0 ? 0 : 1 << 20)
              .setTraced(traced);
      if (random == null || random >= 0) {
        start.setRandomFraction(random == null ? 0 : random);
      }
      stage.demand(stage.testee().ask(Request.newBuilder().setStartPublisher(start)));
      stage.publications.started();
    }
  }

  /**
   * A group is handed to the publisher.
   *
   * @param name what the case calls it
   * @param records as operations, without numbers
   */
  record Published(
      String name,
      List<String> records,
      @JsonProperty("idempotency_key") @Nullable String idempotencyKey,
      @Nullable String traceparent)
      implements Step {
    @Override
    public void run(Stage stage) throws TesteeException {
      Publish.Builder publish =
          Publish.newBuilder()
              .setIdempotencyKey(idempotencyKey == null ? "" : idempotencyKey)
              .setTraceparent(traceparent == null ? "" : traceparent);
      int index = 0;
      for (String text : records) {
        publish.addRecords(record(Notation.operation("1 " + text), name + "." + index++));
      }
      stage.publications.publish(stage, name, publish.build());
    }

    private static PublishRecord record(Operation operation, String value) {
      PublishRecord.Builder record =
          PublishRecord.newBuilder()
              .setTopic(operation.getTopic())
              .setTarget(operation.getTarget())
              .setOperationClass(operation.getOperationClass())
              .setKey(operation.getKey())
              .setTombstone(operation.getTombstone());
      return operation.getTombstone()
          ? record.build()
          : record
              .setPayload(
                  operation.getPayload().toBuilder()
                      .setData(com.google.protobuf.ByteString.copyFromUtf8(value)))
              .build();
    }
  }

  /**
   * A stream of the publisher begins, in a new epoch or an old one.
   *
   * @param epoch 0 for a new one; null: whatever it says
   */
  record ProducerHello(@Nullable Long epoch) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Producer opened = stage.publications.takeProducer(stage);
      if (epoch != null && opened.hello().getProducerEpoch() != epoch) {
        throw stage.scene.failure(
            "Expected ProducerHello of epoch %d, but it says %d"
                .formatted(epoch, opened.hello().getProducerEpoch()));
      }
    }
  }

  /** Answers ProducerHello. */
  record ProducerWelcome(@JsonProperty("in_flight") @Nullable Integer inFlight) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure {
      Producer current = stage.publications.producer();
      stage.scene.change(
          () -> stage.publications.welcome(current, inFlight == null ? 16 : inFlight));
    }
  }

  /**
   * A group arrives under this number.
   *
   * @param answer "ack" (default): it is appended, and that is said; "lose": it is appended, and
   *     the answer never goes out; "none": nothing happens to it
   * @param refuse instead, it is refused with this reason
   * @param traced its records continue this trace
   */
  record Group(
      long number,
      @Nullable String answer,
      @Nullable String refuse,
      @JsonProperty("retry_after_ms") int retryAfterMs,
      @Nullable Map<String, String> metadata,
      @Nullable String traced)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Producer current = stage.publications.producer();
      PublishGroup group = stage.scene.await("group " + number, () -> current.groups().poll());
      if (group.getNumber() != number) {
        throw stage.scene.failure(
            "Expected group %d next, but got %d".formatted(number, group.getNumber()));
      }
      if (traced != null) {
        traced(stage, group);
      }
      stage.scene.change(
          () -> {
            if (refuse != null) {
              stage.publications.refuse(
                  current, number, refuse, retryAfterMs, metadata == null ? Map.of() : metadata);
            } else if (answer == null || answer.equals("ack")) {
              stage.publications.take(current, group);
            } else if (answer.equals("lose")) {
              stage.publications.append(group);
            }
          });
    }

    private void traced(Stage stage, PublishGroup group) throws CaseFailure {
      for (PublishRecord record : group.getRecordsList()) {
        if (!record.getTraceparent().startsWith("00-" + traced)) {
          throw stage.scene.failure(
              "Expected a record of trace %s, but it says '%s'"
                  .formatted(traced, record.getTraceparent()));
        }
      }
    }
  }

  /** A group comes, not before some time has passed, and is appended. */
  record GroupAfter(long number, @JsonProperty("least_ms") long leastMs) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      long beganNs = System.nanoTime();
      new Group(number, null, null, 0, null, null).run(stage);
      long tookMs = (System.nanoTime() - beganNs) / 1_000_000;
      if (tookMs < leastMs - 1) {
        throw stage.scene.failure(
            "Expected group %d not before %d ms, but it came after %d ms"
                .formatted(number, leastMs, tookMs));
      }
    }
  }

  /** No other group comes while what came has no answer. */
  record NoGroup() implements Step {
    // That something does not happen takes a while to see.
    private static final Duration WATCHED = Duration.ofMillis(200);

    @Override
    public void run(Stage stage) throws CaseFailure {
      Producer current = stage.publications.producer();
      if (stage.scene.happens(WATCHED, () -> !current.groups().isEmpty())) {
        throw stage.scene.failure("Expected no further group, but one came");
      }
    }
  }

  /** The stream of the publisher breaks, or ends with a reason. */
  record ProducerEnds(@Nullable String reason, @JsonProperty("retry_after_ms") int retryAfterMs)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure {
      Producer current = stage.publications.producer();
      current.end(
          reason == null
              ? io.grpc.Status.UNAVAILABLE.asRuntimeException()
              : Statuses.of(reason, retryAfterMs, Map.of()));
    }
  }

  /**
   * What became of a group: appended, failed, unknown or queue_full.
   *
   * @param reason of a failure; null: any
   */
  record Outcome(String name, String is, @Nullable String reason) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      PublishOutcome outcome = stage.publications.outcome(name);
      if (!outcome.getOutcomeCase().name().equalsIgnoreCase(is)
          || (reason != null
              && !reason.equals(outcome.getFailed().getReason())
              && !reason.equals(outcome.getUnknown().getReason()))) {
        throw stage.scene.failure(
            "Expected %s to be %s%s, but it is %s"
                .formatted(name, is, reason == null ? "" : " because of " + reason, outcome));
      }
    }
  }

  /** A coordinator serves the publisher until everything has its outcome. */
  record ServePublisher() implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      stage.publications.serve(stage);
    }
  }
}
