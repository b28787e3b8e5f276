package dev.swarmlog.bench;

import dev.swarmlog.sdk.GroupPosition;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * Publishes as fast as it goes: in groups, of which some are on their way at a time. Used by one
 * thread.
 */
final class PipelinedPublisher implements AutoCloseable {

  private static final int GROUP_OPERATIONS = 100;
  private static final int MAX_GROUPS_IN_FLIGHT = 32;

  private final SwarmPublisher publisher;

  PipelinedPublisher(String target, String swarm) {
    this(target, swarm, "publisher");
  }

  PipelinedPublisher(String target, String swarm, String name) {
    this.publisher = SwarmPublisher.builder(target, swarm, name).start();
  }

  /** Publishes all of them in order, and waits until they are durable. */
  void publish(Iterator<Publication> publications) {
    Semaphore inFlight = new Semaphore(MAX_GROUPS_IN_FLIGHT);
    List<CompletableFuture<GroupPosition>> answers = new ArrayList<>();
    while (publications.hasNext()) {
      List<Publication> group = new ArrayList<>();
      while (group.size() < GROUP_OPERATIONS && publications.hasNext()) {
        group.add(publications.next());
      }
      inFlight.acquireUninterruptibly();
      CompletableFuture<GroupPosition> answer = publisher.publishGroup(group);
      answers.add(answer.whenComplete((position, failure) -> inFlight.release()));
    }
    answers.forEach(CompletableFuture::join);
  }

  @Override
  public void close() {
    publisher.close();
  }
}
