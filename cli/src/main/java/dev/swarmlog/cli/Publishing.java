package dev.swarmlog.cli;

import dev.swarmlog.sdk.GroupPosition;
import dev.swarmlog.sdk.OutcomeUnknownException;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.QueueFullException;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.SwarmlogException;
import dev.swarmlog.sdk.TelemetryCounts;
import dev.swarmlog.v1.Durability;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * What `publish` does with a publisher: sends, waits for the answers, and reports. Used once, by
 * one thread.
 */
final class Publishing {

  private static final long PROGRESS_EVERY_NS = 200_000_000L;

  /** What a publisher that is closed needs to say what became of its publications. */
  private static final long SETTLING_NS = 1_000_000_000L;

  private final SwarmPublisher publisher;
  private final Unanswered unanswered;
  private final String swarm;
  private final Output output;
  private final boolean json;
  private final Duration timeout;

  /** Makes the operation of a line. */
  @FunctionalInterface
  interface LinePublication {
    Publication of(String line, long number);
  }

  /**
   * @param unanswered says what is known of what got no answer
   * @param timeout how long to go without any answer
   */
  Publishing(
      SwarmPublisher publisher,
      Unanswered unanswered,
      String swarm,
      Output output,
      boolean json,
      Duration timeout) {
    this.publisher = publisher;
    this.unanswered = unanswered;
    this.swarm = swarm;
    this.output = output;
    this.json = json;
    this.timeout = timeout;
  }

  /** Publishes one operation and reports its position. */
  void one(Publication publication) throws InterruptedException {
    GroupPosition position;
    CompletableFuture<GroupPosition> answer = publisher.publishGroup(List.of(publication));
    try {
      position = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw cause(e);
    } catch (TimeoutException e) {
      position = givenUp(answer);
    }
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("opId", position.firstOpId());
      map.put("position", PositionText.print(position.last()));
      map.put("durability", durability(position));
      map.put("duplicate", position.duplicate());
      output.json(map);
    } else {
      output.line(
          "%s %s:%d to %s."
              .formatted(
                  position.duplicate() ? "Had been published before as" : "Published",
                  PositionText.logName(position.last().getLog()),
                  position.firstOpId(),
                  Output.printable(swarm)));
    }
  }

  /** Gives up; unless the answer comes at the last moment, says what is known of it. */
  private GroupPosition givenUp(CompletableFuture<GroupPosition> answer)
      throws InterruptedException {
    Optional<Unanswered.Cause> cause = unanswered.cause(publisher);
    publisher.close(Duration.ZERO);
    try {
      return answer.get(SETTLING_NS, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw unanswered.failure(1, e.getCause() instanceof OutcomeUnknownException, cause);
    } catch (TimeoutException e) {
      throw unanswered.failure(1, true, cause);
    }
  }

  /** Publishes every line of the input, many at a time, and reports the first and the last. */
  void lines(BufferedReader input, LinePublication publication)
      throws IOException, InterruptedException {
    LineAnswers answers = new LineAnswers();
    long began = System.nanoTime();
    long shown = began;
    String line = input.readLine();
    long number = 0;
    while (line != null && !answers.refused()) {
      CompletableFuture<GroupPosition> answer =
          publisher.publishGroup(List.of(publication.of(line, number + 1)));
      if (foundNoRoom(answer)) {
        // Half of the queue at a time, as each line that finds no room is made for nothing.
        awaitAnswers(answers, answers.unanswered() / 2, began);
        continue;
      }
      number++;
      answers.add(number, answer);
      if (System.nanoTime() - shown > PROGRESS_EVERY_NS) {
        shown = System.nanoTime();
        progress(answers, began);
      }
      line = input.readLine();
    }
    awaitAnswers(answers, 0, began);
    output.clearProgress();
    answers.throwIfRefused();
    report(answers, System.nanoTime() - began);
  }

  private static boolean foundNoRoom(CompletableFuture<GroupPosition> answer) {
    return answer.isCompletedExceptionally()
        && answer.handle((position, thrown) -> thrown instanceof QueueFullException).join();
  }

  /**
   * Waits until no more than so many have no answer.
   *
   * @throws CommandFailure if none comes in time
   */
  private void awaitAnswers(LineAnswers answers, long most, long beganNs)
      throws InterruptedException {
    while (!answers.awaitAtMost(most, Math.min(timeout.toNanos(), PROGRESS_EVERY_NS))) {
      progress(answers, beganNs);
      if (answers.sinceLastNs() > timeout.toNanos()) {
        output.clearProgress();
        long published = answers.answered();
        long open = answers.unanswered();
        Optional<Unanswered.Cause> cause = unanswered.cause(publisher);
        publisher.close(Duration.ZERO);
        boolean settled = answers.await(SETTLING_NS);
        if (published > 0) {
          output.remark("The first %,d lines are published.".formatted(published));
        }
        throw unanswered.failure(open, !settled || answers.outcomeUnknown(), cause);
      }
    }
  }

  /** Hands telemetry over and reports what became of it. */
  void telemetry(Stream<Publication> measurements) throws InterruptedException {
    for (Iterator<Publication> all = measurements.iterator(); all.hasNext(); ) {
      publisher.telemetry(all.next());
    }
    // Waits until each has become something, or the time is over.
    publisher.close(timeout);
    TelemetryCounts counts = publisher.telemetryCounts();
    long open = counts.offered() - counts.taken() - counts.shed() - counts.dropped();
    if (open > 0) {
      throw unanswered.failure(open, true, Optional.empty());
    }
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("offered", counts.offered());
      map.put("taken", counts.taken());
      map.put("shed", counts.shed());
      map.put("dropped", counts.dropped());
      output.json(map);
    } else {
      output.line(
          "%,d of %,d measurements taken, %,d shed, %,d dropped."
              .formatted(counts.taken(), counts.offered(), counts.shed(), counts.dropped()));
    }
  }

  private void report(LineAnswers answers, long tookNs) {
    GroupPosition last = answers.last();
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("count", answers.answered());
      map.put("duplicates", answers.duplicates());
      if (last != null) {
        map.put("firstOpId", answers.firstOpId());
        map.put("position", PositionText.print(last.last()));
        map.put("durability", durability(last));
      }
      map.put("seconds", tookNs / 1e9);
      output.json(map);
    } else if (last == null) {
      output.remark("No line, so nothing was published.");
    } else {
      output.line(
          "Published %,d operations to %s, up to %s:%d, in %s%s."
              .formatted(
                  answers.answered() - answers.duplicates(),
                  Output.printable(swarm),
                  PositionText.logName(last.last().getLog()),
                  last.last().getOpId(),
                  DurationText.print(Duration.ofNanos(tookNs)),
                  answers.duplicates() == 0
                      ? ""
                      : "; %,d had been published before".formatted(answers.duplicates())));
    }
  }

  private void progress(LineAnswers answers, long beganNs) {
    double seconds = (System.nanoTime() - beganNs) / 1e9;
    output.progress(
        "%,d published, %,d on their way, %,.0f/s"
            .formatted(answers.answered(), answers.unanswered(), answers.answered() / seconds));
  }

  private static String durability(GroupPosition position) {
    Durability durability = position.durability();
    return durability.name().substring("DURABILITY_".length()).toLowerCase(Locale.ROOT);
  }

  private static RuntimeException cause(ExecutionException e) {
    if (e.getCause() instanceof SwarmlogException refused) {
      return refused;
    }
    return new IllegalStateException("Expected a refusal or a position", e.getCause());
  }
}
