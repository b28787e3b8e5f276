package dev.swarmlog.demo.agent;

import dev.swarmlog.demo.journal.AckList;
import dev.swarmlog.demo.survey.FileSurveyor;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.SwarmlogException;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Surveys what falls to the agents of this process, one file after the other, and publishes what is
 * found in the agent's name.
 *
 * <p>Any thread may submit. How much waits is bounded by the planner, which leaves an agent only so
 * many assignments without a result. Publishing does not wait; its answers come on the publishers'
 * threads.
 */
final class SurveyThread implements AutoCloseable {
  private record Work(String agent, AgentTable.Pending assigned) {}

  private final BlockingQueue<Work> waiting = new LinkedBlockingQueue<>();
  private final FileSurveyor surveyor;
  private final AckList acks;
  private final Consumer<String> onTrouble;
  private @Nullable Thread thread;
  private volatile boolean closed;

  /**
   * @param onTrouble told, on any thread, of what should not happen, in a sentence
   */
  SurveyThread(FileSurveyor surveyor, AckList acks, Consumer<String> onTrouble) {
    this.surveyor = surveyor;
    this.acks = acks;
    this.onTrouble = onTrouble;
  }

  /**
   * Takes an assignment on. Also one from before a crash: its idempotency key sees to it that there
   * is one result.
   */
  void submit(String agent, AgentTable.Pending assigned) {
    waiting.add(new Work(agent, assigned));
  }

  /** Begins to work; what has been submitted before has waited. */
  void start(Map<String, SwarmPublisher> publishers) {
    Thread started = new Thread(() -> work(publishers), "survey");
    started.setDaemon(true);
    started.start();
    thread = started;
  }

  /**
   * Stops before the next file. Failures of publications that are still under way are nobody's
   * trouble any more.
   */
  @Override
  public void close() {
    closed = true;
    Thread started = thread;
    if (started != null) {
      started.interrupt();
    }
  }

  private void work(Map<String, SwarmPublisher> publishers) {
    try {
      while (!closed) {
        Work next = waiting.take();
        SwarmPublisher publisher = publishers.get(next.agent());
        if (publisher != null) {
          survey(next, publisher);
        }
      }
    } catch (InterruptedException e) {
      // Closed; what waits is in the journal.
      return;
    }
  }

  private void survey(Work work, SwarmPublisher publisher) {
    AgentTable.Pending assigned = work.assigned();
    Publication result =
        Publication.keyed(
                Topic.TOPIC_RECONCILIATION,
                Targets.all(),
                assigned.key(),
                surveyor.survey(assigned.round(), assigned.path()))
            .withIdempotencyKey(assigned.idempotencyKey());
    Instant published = Instant.now();
    publisher
        .publish(result)
        .whenComplete((position, failure) -> answered(work, result, published, position, failure));
  }

  private void answered(
      Work work,
      Publication result,
      Instant published,
      @Nullable Position position,
      @Nullable Throwable failure) {
    if (position != null) {
      acks.add(work.agent(), result.record(), published, position)
          .exceptionally(
              lost -> {
                trouble("%s cannot write its list of acks: %s", work.agent(), lost.getMessage());
                return null;
              });
    } else if (failure instanceof SwarmlogException refused
        && refused.reason() == ErrorReason.ERROR_REASON_REQUEST_CONFLICT) {
      // Published before a crash, and the file has changed since: the first result is in the log
      // and will come back.
      return;
    } else if (failure != null) {
      trouble(
          "%s cannot publish the result of %s: %s",
          work.agent(), result.record().getKey(), failure.getMessage());
    }
  }

  private void trouble(String format, @Nullable Object... arguments) {
    if (!closed) {
      onTrouble.accept(String.format(format, arguments));
    }
  }
}
