package dev.swarmlog.reliability.simulation;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What really happened: every operation that became durable, in the order of the logs, and every
 * publishing with its answer. Each is held against the promises when it is noted.
 */
final class Chronicle {

  static final List<Log> LOGS = List.of(Log.LOG_MAIN, Log.LOG_CONTROL);

  private static final int PAGE_BYTES = 1 << 20;

  /** A log of a swarm. */
  record LogName(String swarm, Log log) {
    @Override
    public String toString() {
      return swarm + "/" + (log == Log.LOG_MAIN ? "main" : "control");
    }
  }

  private final Map<LogName, List<Operation>> logs = new LinkedHashMap<>();
  private final Map<LogName, ByteString> hashes = new HashMap<>();
  private final Map<String, Publishing> byStamp = new LinkedHashMap<>();
  private final Map<LogName, Long> ackedOpIds = new HashMap<>();
  private final Map<LogName, Long> horizons = new HashMap<>();
  private final List<String> swarms;
  private final Consumer<String> story;
  private long durableIndex = -1;

  Chronicle(List<String> swarms, Consumer<String> story) {
    this.story = story;
    this.swarms = swarms;
    for (String swarm : swarms) {
      for (Log log : LOGS) {
        logs.put(new LogName(swarm, log), new ArrayList<>());
      }
    }
  }

  List<String> swarms() {
    return swarms;
  }

  /** Durable operations of a log, that with ID 1 first. */
  List<Operation> operations(String swarm, Log log) {
    return logs.get(new LogName(swarm, log));
  }

  long head(String swarm, Log log) {
    return operations(swarm, log).size();
  }

  long horizon(String swarm, Log log) {
    return horizons.getOrDefault(new LogName(swarm, log), 0L);
  }

  /** The highest operation ID of a log that somebody was told. */
  long ackedOpId(String swarm, Log log) {
    return ackedOpIds.getOrDefault(new LogName(swarm, log), 0L);
  }

  /** All publishings, in the order in which they began. */
  Iterable<Publishing> publishings() {
    return byStamp.values();
  }

  /** Somebody publishes a record, with a time stamp that nobody else uses. */
  Publishing published(
      String name, String publisher, String swarm, Log log, PublishRecord record, long stamp) {
    Publishing publishing =
        new Publishing(name, publisher, swarm, log, record, ackedOpId(swarm, log));
    byStamp.put(publisher + "@" + stamp, publishing);
    return publishing;
  }

  /** A publisher was told that its record is in the log. */
  void acked(Publishing publishing, long opId) {
    publishing.acked(opId);
    ackedOpIds.merge(new LogName(publishing.swarm(), publishing.log()), opId, Math::max);
    List<Operation> operations = operations(publishing.swarm(), publishing.log());
    if (opId > operations.size()) {
      throw new Violation(
          "durable",
          "expected what is acknowledged to be on the disk, but %s was acknowledged as operation %d and the disk has %d"
              .formatted(publishing.name(), opId, operations.size()));
    }
    if (publishing.entryOpId() != opId) {
      throw new Violation(
          "durable",
          "expected %s at operation %d, as it was acknowledged, but it is at %d"
              .formatted(publishing.name(), opId, publishing.entryOpId()));
    }
  }

  /**
   * Notes what has become durable since the last time.
   *
   * @param disk nothing is durable while it holds batches that are not synced
   */
  void look(EventLog log, VirtualDisk disk) {
    if (log.durableIndex() == durableIndex || disk.unsyncedBatches() > 0) {
      return;
    }
    durableIndex = log.durableIndex();
    for (Map.Entry<LogName, List<Operation>> each : logs.entrySet()) {
      LogName name = each.getKey();
      SwarmState swarm = log.swarm(name.swarm()).orElse(null);
      if (swarm != null) {
        horizons.merge(name, swarm.horizonOpId(name.log()), Math::max);
        long before = each.getValue().size();
        grow(log, name, each.getValue(), swarm.head(name.log()).getOpId());
        long now = each.getValue().size();
        if (now > before) {
          story.accept(
              now == before + 1
                  ? "operation " + now + " of " + name + " is on the disk"
                  : "operations "
                      + (before + 1)
                      + " to "
                      + now
                      + " of "
                      + name
                      + " are on the disk");
        }
      }
    }
  }

  /** A coordinator has opened the disk: all that was durable is there as it was. */
  void reopened(EventLog log) {
    durableIndex = -1;
    logs.forEach(
        (name, operations) -> {
          long headOpId =
              log.swarm(name.swarm()).map(swarm -> swarm.head(name.log()).getOpId()).orElse(0L);
          if (headOpId < operations.size()) {
            throw new Violation(
                "durable",
                "expected %s to have its %d durable operations after the restart, but it has %d"
                    .formatted(name, operations.size(), headOpId));
          }
          byte[] hash =
              log.swarm(name.swarm()).isEmpty()
                  ? new byte[0]
                  : log.runningHash(name.swarm(), name.log(), operations.size())
                      .orElse(new byte[0]);
          ByteString before = hashes.get(name);
          if (before != null && hash.length > 0 && !before.equals(ByteString.copyFrom(hash))) {
            throw new Violation(
                "dense",
                "expected %s up to operation %d to be as it was, but its running hash is another"
                    .formatted(name, operations.size()));
          }
        });
  }

  private void grow(EventLog log, LogName name, List<Operation> operations, long headOpId) {
    while (operations.size() < headOpId) {
      Page page =
          log.read(
              name.swarm(), name.log(), View.everything(), operations.size(), headOpId, PAGE_BYTES);
      List<StoredOperation> all = new ArrayList<>(page.operations());
      all.addAll(page.expired());
      all.sort(Comparator.comparingLong(StoredOperation::opId));
      for (StoredOperation stored : all) {
        add(name, operations, stored.toProto());
      }
      if (page.toInclusive() != operations.size()) {
        throw new Violation(
            "dense",
            "expected %s to have every operation through %d, but it has %d of them"
                .formatted(name, page.toInclusive(), operations.size()));
      }
      hashes.put(name, ByteString.copyFrom(page.runningHash()));
    }
  }

  private void add(LogName name, List<Operation> operations, Operation operation) {
    if (operation.getOpId() != operations.size() + 1) {
      throw new Violation(
          "dense",
          "expected operation %d next in %s, but got %d"
              .formatted(operations.size() + 1, name, operation.getOpId()));
    }
    operations.add(operation);
    if (operation.getProducerId().isEmpty()) {
      // The coordinator's own: an expiry, a retry, a report.
      return;
    }
    Publishing publishing =
        byStamp.get(operation.getPublisher() + "@" + operation.getPublishTimeUnixNano());
    if (publishing == null || !matches(publishing, name, operation)) {
      throw new Violation(
          "no invention",
          "expected operation %d of %s to be as somebody published it, but it is %s"
              .formatted(operation.getOpId(), name, operation));
    }
    if (publishing.entryOpId() != 0) {
      throw new Violation(
          "once",
          "expected %s once in %s, but it is at %d and at %d"
              .formatted(publishing.name(), name, publishing.entryOpId(), operation.getOpId()));
    }
    publishing.entered(operation.getOpId());
    if (publishing.answer() == Publishing.Answer.REFUSED) {
      throw new Violation(
          "refused",
          "expected %s not in %s, as it was refused, but it is operation %d"
              .formatted(publishing.name(), name, operation.getOpId()));
    }
    if (operation.getOpId() <= publishing.floorOpId()) {
      throw new Violation(
          "real time",
          "expected %s above operation %d, which was acknowledged before it was published, but it is %d"
              .formatted(publishing.name(), publishing.floorOpId(), operation.getOpId()));
    }
  }

  private static boolean matches(Publishing publishing, LogName name, Operation operation) {
    PublishRecord record = publishing.record();
    return publishing.swarm().equals(name.swarm())
        && publishing.log() == name.log()
        && record.getTopic() == operation.getTopic()
        && record.getTarget().equals(operation.getTarget())
        && record.getKey().equals(operation.getKey())
        && record.getTombstone() == operation.getTombstone()
        && record.getPayload().equals(operation.getPayload());
  }

  /** After everything has come to rest: what was acknowledged is there. */
  void atRest() {
    for (Publishing publishing : byStamp.values()) {
      if (publishing.answer() == Publishing.Answer.ACKED && publishing.entryOpId() == 0) {
        throw new Violation(
            "durable", "expected %s in the log, but it is not".formatted(publishing.name()));
      }
      if (publishing.answer() == Publishing.Answer.REFUSED && publishing.entryOpId() != 0) {
        throw new Violation(
            "refused",
            "expected %s not in the log, as it was refused, but it is operation %d"
                .formatted(publishing.name(), publishing.entryOpId()));
      }
    }
  }

  /** A hash of everything that is in the logs, to compare runs by. */
  int fingerprint() {
    return Arrays.hashCode(
        logs.entrySet().stream()
            .mapToInt(
                each ->
                    each.getValue().stream()
                        .mapToInt(operation -> operation.toByteString().hashCode())
                        .reduce(1, (a, b) -> 31 * a + b))
            .toArray());
  }
}
