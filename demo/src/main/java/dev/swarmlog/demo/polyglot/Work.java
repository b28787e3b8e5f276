package dev.swarmlog.demo.polyglot;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * What is published: events, keys that are set and deleted, and questions to agents; every so often
 * the same by a second publisher under the same idempotency key. Used by one thread.
 */
final class Work implements AutoCloseable {
  /** Payload types of docs/polyglot.md. */
  static final String ASK = "polyglot.Ask";

  static final String ANSWER = "polyglot.Answer";
  static final String REPORT = "polyglot.Report";

  private static final String WORK = "polyglot.Work";
  private static final String PLACE = "polyglot.Place";
  private static final Topic KEYED = Topic.TOPIC_RECONCILIATION;
  private static final Target ALL = Targets.all();
  private static final int KEYS = 40;
  private static final double KEYED_SHARE = 0.3;
  private static final double DELETED_SHARE = 0.1;
  private static final double TWICE_SHARE = 0.2;
  private static final int MAX_DATA_BYTES = 400;
  private static final long PATIENCE_S = 60;

  /** What was published, and both answers if it was published twice. */
  private record Published(Publication publication, List<CompletableFuture<Position>> answers) {}

  private final SwarmPublisher first;
  private final SwarmPublisher second;
  private final RandomGenerator random;
  private final List<Published> published = new ArrayList<>();
  private int twice;
  private int asked;

  /**
   * Work for a swarm.
   *
   * @param first publishes everything
   * @param second publishes some of it as well
   */
  Work(SwarmPublisher first, SwarmPublisher second, RandomGenerator random) {
    this.first = first;
    this.second = second;
    this.random = random;
  }

  /** Publishes one event, or sets or deletes a key. */
  void publishNext() {
    String key = "place/%02d ä".formatted(random.nextInt(KEYS));
    if (random.nextDouble() >= KEYED_SHARE) {
      publish(Publication.event(Topic.TOPIC_COMMANDS, ALL, data(WORK)));
    } else if (random.nextDouble() < DELETED_SHARE) {
      publish(Publication.delete(KEYED, ALL, key));
    } else {
      publish(Publication.keyed(KEYED, ALL, key, data(PLACE)));
    }
  }

  private Payload data(String type) {
    byte[] data = new byte[random.nextInt(MAX_DATA_BYTES)];
    random.nextBytes(data);
    return Payloads.bytes(type, "application/octet-stream", ByteString.copyFrom(data));
  }

  /** Asks an agent for an answer. */
  void ask(String agent) {
    asked++;
    publish(Publication.event(Topic.TOPIC_COMMANDS, ALL, Payloads.text(ASK, agent)));
  }

  /** Has all agents say what they hold. */
  CompletableFuture<Position> report(String label) {
    return first.publish(
        Publication.event(Topic.TOPIC_COMMANDS, ALL, Payloads.text(REPORT, label)));
  }

  private void publish(Publication publication) {
    Publication named = publication.withIdempotencyKey("work/" + published.size());
    List<CompletableFuture<Position>> answers = new ArrayList<>(List.of(first.publish(named)));
    if (random.nextDouble() < TWICE_SHARE) {
      twice++;
      answers.add(second.publish(named));
    }
    published.add(new Published(named, answers));
  }

  int published() {
    return published.size();
  }

  int publishedTwice() {
    return twice;
  }

  int asked() {
    return asked;
  }

  /**
   * Waits until everything is answered.
   *
   * @return what was acknowledged, by operation ID
   * @throws CompletionException if something was refused
   * @throws IllegalStateException if a second publisher was told another operation than the first
   */
  Map<Long, Publication> acknowledged() {
    Map<Long, Publication> byOpId = new HashMap<>();
    for (Published each : published) {
      for (CompletableFuture<Position> answer : each.answers()) {
        long opId = answer.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join().getOpId();
        Publication there = byOpId.put(opId, each.publication());
        if (there != null && !there.equals(each.publication())) {
          throw new IllegalStateException(
              "Expected operation %d to be one publication, but it is %s and %s."
                  .formatted(opId, there.idempotencyKey(), each.publication().idempotencyKey()));
        }
      }
    }
    if (byOpId.size() != published.size()) {
      throw new IllegalStateException(
          "Expected %d publications to be as many operations, but they are %d."
              .formatted(published.size(), byOpId.size()));
    }
    return byOpId;
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
