package dev.swarmlog.sdk;

import dev.swarmlog.conformance.v1.Appended;
import dev.swarmlog.conformance.v1.Publish;
import dev.swarmlog.conformance.v1.PublishOutcome;
import dev.swarmlog.conformance.v1.Response;
import dev.swarmlog.conformance.v1.StartPublisher;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** A publisher that the suite publishes with. */
final class TestedPublisher {
  private final TestedConnection connection;
  private final SwarmPublisher publisher;
  private final Suite suite;
  private final Fault fault;

  private TestedPublisher(
      TestedConnection connection, SwarmPublisher publisher, Suite suite, Fault fault) {
    this.connection = connection;
    this.publisher = publisher;
    this.suite = suite;
    this.fault = fault;
  }

  /**
   * Starts it.
   *
   * @throws RuntimeException if the SDK refuses the settings
   */
  static TestedPublisher start(StartPublisher settings, Suite suite, Fault fault) {
    TestedConnection connection =
        new TestedConnection(
            settings.getTarget(),
            settings.hasRandomFraction() ? settings.getRandomFraction() : null,
            fault);
    try {
      SwarmPublisherBuilder builder =
          SwarmPublisher.builder(connection.connection(), settings.getSwarm(), settings.getName())
              .openTelemetry(TestedConnection.telemetry(settings.getTraced()));
      if (settings.getMaxQueuedGroups() != 0 || settings.getMaxQueuedBytes() != 0) {
        builder.maxQueued(
            settings.getMaxQueuedGroups() == 0
                ? SwarmPublisherBuilder.MAX_QUEUED_GROUPS
                : settings.getMaxQueuedGroups(),
            settings.getMaxQueuedBytes() == 0
                ? SwarmPublisherBuilder.MAX_QUEUED_BYTES
                : settings.getMaxQueuedBytes());
      }
      return new TestedPublisher(connection, builder.start(), suite, fault);
    } catch (RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** Hands a group over, and sends its outcome under the id once there is one; never waits. */
  void publish(int id, Publish request) {
    List<Publication> publications =
        request.getRecordsList().stream()
            .map(record -> new Publication(record, request.getIdempotencyKey()))
            .toList();
    SpanContext caller = TraceContext.spanContext(request.getTraceparent(), "");
    try (Scope ignored = Context.current().with(Span.wrap(caller)).makeCurrent()) {
      if (publications.stream().anyMatch(TestedPublisher::isTelemetry)) {
        measure(id, publications);
        return;
      }
      CompletableFuture<GroupPosition> answer = publisher.publishGroup(publications);
      if (fault.claimsAppended()) {
        send(id, PublishOutcome.newBuilder().setAppended(Appended.getDefaultInstance()));
        return;
      }
      var unused = answer.whenComplete((where, thrown) -> answered(id, where, thrown));
    } catch (IllegalArgumentException e) {
      send(id, PublishOutcome.newBuilder().setFailed(FailureForms.of(e)));
    }
  }

  /** Waits so long for answers; what has none is given up then, and has its outcome. */
  void close(Duration wait) {
    publisher.close(wait);
    connection.close();
  }

  private static boolean isTelemetry(Publication publication) {
    return publication.record().getTopic() == Topic.TOPIC_TELEMETRY;
  }

  /** Nobody learns what becomes of telemetry that was taken. */
  private void measure(int id, List<Publication> publications) {
    boolean taken = true;
    for (Publication publication : publications) {
      taken &= publisher.telemetry(publication);
    }
    send(
        id,
        taken
            ? PublishOutcome.newBuilder().setAppended(Appended.getDefaultInstance())
            : PublishOutcome.newBuilder()
                .setQueueFull(dev.swarmlog.conformance.v1.Failure.getDefaultInstance()));
  }

  private void answered(int id, @Nullable GroupPosition where, @Nullable Throwable thrown) {
    PublishOutcome.Builder outcome = PublishOutcome.newBuilder();
    Throwable why =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    if (where != null) {
      outcome.setAppended(
          Appended.newBuilder()
              .setFirstOpId(where.firstOpId())
              .setLastOpId(where.last().getOpId())
              .setDuplicate(where.duplicate()));
    } else if (why instanceof QueueFullException full) {
      outcome.setQueueFull(FailureForms.of(full));
    } else if (why instanceof OutcomeUnknownException unknown) {
      outcome.setUnknown(FailureForms.of(unknown));
    } else if (why instanceof SwarmlogException failed) {
      outcome.setFailed(FailureForms.of(failed));
    } else {
      outcome.setUnknown(
          dev.swarmlog.conformance.v1.Failure.newBuilder()
              .setCode(io.grpc.Status.Code.INTERNAL.value())
              .setMessage("Expected an error of the SDK, but got " + why));
    }
    send(id, outcome);
  }

  private void send(int id, PublishOutcome.Builder outcome) {
    suite.send(Response.newBuilder().setId(id).setOutcome(outcome));
  }
}
