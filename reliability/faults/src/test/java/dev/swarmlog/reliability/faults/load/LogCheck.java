package dev.swarmlog.reliability.faults.load;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds a log against what its producers were answered: operation IDs are dense, each producer's
 * groups are there whole, once and in order, with the content that was published, and what was
 * acknowledged is where the answer says.
 */
public final class LogCheck {
  private final ReadLog log;
  private final Violations violations;
  private Map<NumberedProducer, Long> answered = Map.of();

  public LogCheck(ReadLog log, Violations violations) {
    this.log = log;
    this.violations = violations;
  }

  /**
   * Checks.
   *
   * @param answered how many groups of each of these producers were acknowledged; those above may
   *     be there or not
   */
  public void run(Map<NumberedProducer, Long> answered) {
    this.answered = answered;
    Map<String, NumberedProducer> producers = new HashMap<>();
    Map<String, Long> lastGroups = new HashMap<>();
    answered.keySet().forEach(producer -> producers.put(producer.name(), producer));
    List<Operation> operations = log.operations();
    for (int i = 0; i < operations.size(); ) {
      Operation first = operations.get(i);
      if (first.getOpId() != i + 1L) {
        violations.add("Expected operation %d of %s, but got %d", i + 1, where(), first.getOpId());
        return;
      }
      NumberedProducer producer = producers.get(first.getPublisher());
      if (producer == null) {
        violations.add("Expected operations of the load in %s, but got %s", where(), first);
        return;
      }
      long number = lastGroups.getOrDefault(producer.name(), 0L) + 1;
      if (first.getRequestNumber() != number) {
        violations.add(
            "Expected group %d of %s next in %s, but operation %d is of group %d",
            number, producer.name(), where(), first.getOpId(), first.getRequestNumber());
      }
      lastGroups.put(producer.name(), first.getRequestNumber());
      i += compare(first.getRequestNumber(), operations.subList(i, operations.size()), producer);
    }
    for (Map.Entry<NumberedProducer, Long> entry : answered.entrySet()) {
      long last = lastGroups.getOrDefault(entry.getKey().name(), 0L);
      if (last < entry.getValue() || last > entry.getKey().journal().asked()) {
        violations.add(
            "LOST: expected groups 1 to at least %d and at most %d of %s in %s, but the last there is %d",
            entry.getValue(),
            entry.getKey().journal().asked(),
            entry.getKey().name(),
            where(),
            last);
      }
    }
  }

  /** Returns how many operations the group has. */
  private int compare(long number, List<Operation> from, NumberedProducer producer) {
    PublishGroup group = producer.plan().group(number);
    int size = group.getRecordsCount();
    long first = from.get(0).getOpId();
    if (from.size() < size) {
      violations.add(
          "Expected group %d of %s whole in %s, but the log ends within it",
          number, producer.name(), where());
      return from.size();
    }
    for (int i = 0; i < size; i++) {
      String difference = difference(group.getRecords(i), from.get(i), first, size);
      if (difference != null) {
        violations.add(
            "Expected record %d of group %d of %s at %d of %s, but its %s differs: %s",
            i, number, producer.name(), first + i, where(), difference, from.get(i));
      }
    }
    if (number <= answered.getOrDefault(producer, 0L)) {
      compare(number, producer, first, first + size - 1);
    }
    return size;
  }

  private void compare(long number, NumberedProducer producer, long first, long last) {
    Answer answer = producer.journal().answer(number);
    if (answer.firstOpId() != first || answer.last().getOpId() != last) {
      violations.add(
          "Expected group %d of %s at %d to %d of %s, as was acknowledged, but it is at %d to %d",
          number,
          producer.name(),
          answer.firstOpId(),
          answer.last().getOpId(),
          where(),
          first,
          last);
    }
    ByteString hash = log.hashes().get(last);
    if (hash != null && !hash.equals(answer.last().getRunningHash())) {
      violations.add(
          "Expected the running hash at %d of %s that was acknowledged, but the log has another",
          last, where());
    }
  }

  private static @Nullable String difference(
      PublishRecord record, Operation operation, long first, int size) {
    if (operation.getGroupFirst() != first || operation.getGroupLast() != first + size - 1) {
      return "group";
    }
    if (operation.getTopic() != record.getTopic()
        || !operation.getTarget().equals(record.getTarget())) {
      return "scope";
    }
    if (operation.getOperationClass() != record.getOperationClass()
        || !operation.getKey().equals(record.getKey())
        || operation.getTombstone() != record.getTombstone()) {
      return "class or key";
    }
    return operation.getPayload().equals(record.getPayload()) ? null : "payload";
  }

  private String where() {
    return log.swarm() + "/" + log.log();
  }
}
