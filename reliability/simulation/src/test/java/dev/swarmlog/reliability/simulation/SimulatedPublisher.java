package dev.swarmlog.reliability.simulation;

import dev.swarmlog.sdk.GroupPosition;
import dev.swarmlog.sdk.OutcomeUnknownException;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.v1.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** One life of a publisher: the SDK's, on a process of its own. */
final class SimulatedPublisher {

  private final VirtualProcess process;
  private final String name;
  private final String swarm;
  private final Chronicle chronicle;
  private final StampClock clock;
  private final SwarmPublisher publisher;
  private final Verdict verdict;
  private final Consumer<String> story;

  SimulatedPublisher(
      VirtualProcess process,
      String name,
      String swarm,
      SwarmConnection connection,
      StampClock clock,
      Chronicle chronicle,
      Verdict verdict,
      Consumer<String> story) {
    this.verdict = verdict;
    this.process = process;
    this.name = name;
    this.swarm = swarm;
    this.chronicle = chronicle;
    this.clock = clock;
    this.story = story;
    this.publisher = SwarmPublisher.builder(connection, swarm, name).start();
  }

  VirtualProcess process() {
    return process;
  }

  String name() {
    return name;
  }

  int pending() {
    return publisher.pending();
  }

  /**
   * Publishes a group.
   *
   * @param names what the story calls its operations
   */
  void publish(List<String> names, List<Publication> group) {
    List<Long> stamps = clock.next(group.size());
    List<Publishing> publishings = new ArrayList<>();
    Log log = group.get(0).log();
    for (int i = 0; i < group.size(); i++) {
      publishings.add(
          chronicle.published(
              names.get(i), name, swarm, log, group.get(i).record(), stamps.get(i)));
    }
    publisher
        .publishGroup(group)
        .whenComplete(
            (position, failure) -> {
              if (process.isAlive()) {
                verdict.look(() -> answered(publishings, position, failure));
              }
            });
  }

  private void answered(List<Publishing> publishings, GroupPosition position, Throwable failure) {
    String what = publishings.get(0).name();
    if (position != null) {
      story.accept(name + " is told that " + what + " is operation " + position.firstOpId());
      for (int i = 0; i < publishings.size(); i++) {
        chronicle.acked(publishings.get(i), position.firstOpId() + i);
      }
      return;
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    Publishing.Answer answer =
        cause instanceof OutcomeUnknownException
            ? Publishing.Answer.UNKNOWN
            : Publishing.Answer.REFUSED;
    story.accept("%s is told that %s is %s".formatted(name, what, answer));
    publishings.forEach(publishing -> publishing.answered(answer));
    if (answer == Publishing.Answer.REFUSED) {
      for (Publishing publishing : publishings) {
        if (publishing.entryOpId() != 0) {
          throw new Violation(
              "refused",
              "expected %s not in the log, as it was refused, but it is operation %d"
                  .formatted(publishing.name(), publishing.entryOpId()));
        }
      }
    }
  }
}
