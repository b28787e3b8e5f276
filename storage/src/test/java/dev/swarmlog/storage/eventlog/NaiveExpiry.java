package dev.swarmlog.storage.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.Outcome;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/** What has still to expire in one scope, by definition. */
final class NaiveExpiry {

  private final Map<String, Operation> keys = new HashMap<>();
  private final List<Operation> events = new ArrayList<>();

  /** Those that the coordinator appended. */
  int tombstones;

  /**
   * Follows one command.
   *
   * @param appended what its entry appended and nobody took yet
   */
  void follow(Outcome outcome, Deque<Operation> appended, long loggedUnixNs, String where) {
    if (outcome instanceof Outcome.Appended group) {
      for (long opId = group.firstOpId(); opId <= group.last().getOpId(); opId++) {
        append(appended.removeFirst());
      }
      return;
    }
    Outcome.Expired expired = (Outcome.Expired) outcome;
    for (int i = 0; i < expired.keys(); i++) {
      expire(appended.removeFirst(), loggedUnixNs, where);
    }
    int eventsBefore = events.size();
    events.removeIf(event -> event.getExpiresAtUnixNano() <= loggedUnixNs);
    assertThat(expired.events()).as(where).isEqualTo(eventsBefore - events.size());
    assertThat(pending().filter(expiresUnixNs -> expiresUnixNs <= loggedUnixNs))
        .as(where)
        .isEmpty();
  }

  private void append(Operation operation) {
    if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
      if (operation.getExpiresAtUnixNano() != 0) {
        events.add(operation);
      }
    } else if (operation.getTombstone()) {
      keys.remove(operation.getKey());
    } else {
      keys.put(operation.getKey(), operation);
    }
  }

  private void expire(Operation tombstone, long loggedUnixNs, String where) {
    Operation expired = keys.remove(tombstone.getKey());
    assertThat(expired).as(where).isNotNull();
    assertThat(tombstone.getOrigin().getOpId()).as(where).isEqualTo(expired.getOpId());
    assertThat(expired.getExpiresAtUnixNano()).as(where).isBetween(1L, loggedUnixNs);
    assertThat(tombstone.getKeyExisted()).as(where).isTrue();
    tombstones++;
  }

  int size() {
    return (int) pending().count();
  }

  OptionalLong earliest() {
    return pending().min();
  }

  private LongStream pending() {
    return LongStream.concat(
            keys.values().stream().mapToLong(Operation::getExpiresAtUnixNano),
            events.stream().mapToLong(Operation::getExpiresAtUnixNano))
        .filter(expiresUnixNs -> expiresUnixNs != 0);
  }
}
