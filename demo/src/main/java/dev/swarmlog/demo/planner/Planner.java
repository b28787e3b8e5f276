package dev.swarmlog.demo.planner;

import dev.swarmlog.demo.journal.AckList;
import dev.swarmlog.demo.process.Status;
import dev.swarmlog.demo.process.StatusLines;
import dev.swarmlog.demo.survey.Surveyors;
import dev.swarmlog.demo.v1.Assignment;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The planner of the demo: publishes assignments as fast as results come back, round after round
 * until the time is over, and keeps the list of its acks.
 *
 * <p>It follows {@code reconciliation} as an agent of its own name. Its books belong to the
 * object's lock; publishing does not wait, so the lock is held only briefly.
 */
public final class Planner {
  private static final String NAME = "planner";
  private static final long STATUS_INTERVAL_MS = 50;

  /**
   * What the planner is told.
   *
   * @param target "host:port" of the coordinator
   * @param agents how many agents survey
   * @param maxUnansweredPerAgent how many assignments an agent may have without a result
   * @param roundsForMs a round begins only within this time from the first assignment; the first
   *     one always does
   */
  public record Settings(
      String target,
      String swarm,
      Path acks,
      int agents,
      int maxUnansweredPerAgent,
      long roundsForMs) {}

  private final Settings settings;
  private final StatusLines statuses;
  private final Rounds rounds;
  private final int files;
  private final CountDownLatch end = new CountDownLatch(1);
  private @Nullable SwarmPublisher publisher;
  private @Nullable AckList acks;
  private long acknowledged;
  private long startNanos;
  private long opId;

  public Planner(Settings settings, List<String> paths, StatusLines statuses) {
    this.settings = settings;
    this.statuses = statuses;
    this.files = paths.size();
    this.rounds = new Rounds(paths, settings.agents(), settings.maxUnansweredPerAgent());
  }

  /** Makes {@link #run} return; any thread. */
  public void stop() {
    end.countDown();
  }

  /**
   * Plans until {@link #stop}; says {@code done} when there is nothing more to plan.
   *
   * @throws IOException if the list of acks cannot be used
   */
  public void run() throws IOException, InterruptedException {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try (AckList list = AckList.open(settings.acks());
        SwarmAgent agent =
            SwarmAgent.builder(settings.target(), settings.swarm(), NAME)
                .topics(Topic.TOPIC_RECONCILIATION)
                .onBatch(this::onResults)
                .listener(new Listener())
                .start()) {
      begin(agent.publisher(), list);
      timer.scheduleAtFixedRate(
          () -> statuses.write(status()), 0, STATUS_INTERVAL_MS, TimeUnit.MILLISECONDS);
      end.await();
    } finally {
      timer.shutdown();
    }
  }

  private synchronized void begin(SwarmPublisher opened, AckList list) {
    publisher = opened;
    acks = list;
    startNanos = System.nanoTime();
    rounds.begin();
    assign();
  }

  private synchronized void onResults(Batch batch) {
    for (Operation result : batch.operations()) {
      rounds.answer(result.getKey());
    }
    opId = batch.to().getOpId();
    assign();
  }

  /** Assigns what agents have room for. Under the lock. */
  private void assign() {
    SwarmPublisher to = publisher;
    if (to == null) {
      return;
    }
    Optional<Assignment> next = rounds.next();
    while (next.isPresent() || mayBeginRound()) {
      if (next.isPresent()) {
        publish(to, next.get());
      } else {
        rounds.begin();
      }
      next = rounds.next();
    }
  }

  private boolean mayBeginRound() {
    return rounds.isAssigned() && elapsedMs() < settings.roundsForMs();
  }

  private void publish(SwarmPublisher to, Assignment assignment) {
    Publication publication =
        Publication.keyed(
            Topic.TOPIC_COMMANDS,
            Targets.all(),
            Surveyors.key(assignment.getRound(), assignment.getPath()),
            assignment);
    Instant published = Instant.now();
    to.publish(publication)
        .whenComplete(
            (position, failure) -> {
              if (position != null) {
                onAck(publication, published, position);
              } else if (failure != null && end.getCount() > 0) {
                statuses.write(
                    new Status.Trouble(
                        "The planner cannot assign "
                            + assignment.getPath()
                            + ": "
                            + failure.getMessage(),
                        true));
              }
            });
  }

  private synchronized void onAck(Publication publication, Instant published, Position position) {
    acknowledged++;
    if (acks != null) {
      acks.add(NAME, publication.record(), published, position)
          .exceptionally(
              failure -> {
                statuses.write(
                    new Status.Trouble(
                        "The planner cannot write its list of acks: " + failure, true));
                return null;
              });
    }
  }

  private synchronized Status.Planner status() {
    boolean done =
        rounds.isAssigned()
            && rounds.answered() == rounds.assigned()
            && acknowledged == rounds.assigned();
    return new Status.Planner(
        rounds.round(),
        rounds.assigned(),
        acknowledged,
        rounds.answered(),
        rounds.answeredInFirstRound(),
        elapsedMs(),
        opId,
        done && rounds.answeredInFirstRound() == files && elapsedMs() >= settings.roundsForMs());
  }

  private long elapsedMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
  }

  private final class Listener implements AgentListener {
    @Override
    public void refused(TerminalException why) {
      statuses.write(new Status.Trouble("The planner was refused: " + why.getMessage(), true));
    }
  }
}
