package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** What was published, and the answers. Thread-safe. */
final class Published {
  private record One(SwarmPublisher by, Publication what, CompletableFuture<Position> answer) {}

  private final List<One> all = new ArrayList<>();

  synchronized void publish(SwarmPublisher by, Publication what) {
    all.add(new One(by, what, by.publish(what)));
  }

  synchronized int count() {
    return all.size();
  }

  private synchronized List<One> copy() {
    return List.copyOf(all);
  }

  /** Waits until everything that these have published is answered. */
  void await(List<SwarmPublisher> by, Duration patience) {
    long deadlineNs = System.nanoTime() + patience.toNanos();
    for (One one : copy()) {
      if (by.contains(one.by())) {
        long leftNs = Math.max(0, deadlineNs - System.nanoTime());
        one.answer().copy().orTimeout(leftNs, TimeUnit.NANOSECONDS).exceptionally(e -> null).join();
      }
    }
  }

  /**
   * Holds everything that was published against what lies in the logs, once all is answered.
   *
   * @return what is not there, there twice, or there and never published
   */
  List<String> compare(Map<Log, List<Operation>> logs) {
    List<String> findings = new ArrayList<>();
    Map<Log, Map<Long, Publication>> acked = new HashMap<>();
    for (One one : copy()) {
      if (!one.answer().isDone()) {
        findings.add("Expected %s to be answered, but it is not".formatted(one.what()));
        continue;
      }
      try {
        Position position = one.answer().join();
        Publication before =
            acked
                .computeIfAbsent(position.getLog(), log -> new HashMap<>())
                .put(position.getOpId(), one.what());
        if (before != null) {
          findings.add("Expected one publication at %s, but two were".formatted(position));
        }
      } catch (CompletionException e) {
        findings.add("Expected %s to be acknowledged, but: %s".formatted(one.what(), e));
      }
    }
    for (Map.Entry<Log, List<Operation>> log : logs.entrySet()) {
      Map<Long, Publication> there = acked.getOrDefault(log.getKey(), new HashMap<>());
      for (Operation operation : log.getValue()) {
        Publication publication = there.remove(operation.getOpId());
        if (publication == null || !isOf(operation, publication.record())) {
          findings.add(
              "Expected operation %d of %s to be what was acknowledged, but it is %s, not %s"
                  .formatted(operation.getOpId(), log.getKey(), operation, publication));
        }
      }
      there.forEach(
          (opId, publication) ->
              findings.add(
                  "Expected operation %d in %s, as was acknowledged, but it is lost: %s"
                      .formatted(opId, log.getKey(), publication)));
    }
    return findings;
  }

  private static boolean isOf(Operation operation, PublishRecord record) {
    return operation.getTopic() == record.getTopic()
        && operation.getTarget().equals(record.getTarget())
        && operation.getKey().equals(record.getKey())
        && operation.getTombstone() == record.getTombstone()
        && operation.getPayload().equals(record.getPayload());
  }
}
