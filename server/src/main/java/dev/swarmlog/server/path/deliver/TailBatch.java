package dev.swarmlog.server.path.deliver;

import dev.swarmlog.otel.trace.DeliveryTrace;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.SkippedEvents;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Skipped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Some operations of one log that were committed together, whole publish groups, dense.
 *
 * <p>Encoded at the first use, and then once for each set of the batch's own scopes that some view
 * holds: for a batch of broadcasts that is once for all. Any thread may read it.
 */
final class TailBatch {

  /**
   * How many differently filtered forms of a batch are kept, and no more of them than are as large
   * as the batch together; more are encoded as they are needed.
   */
  static final int MAX_FILTERED_FORMS = 32;

  private final long fromExclusive;
  private final List<StoredOperation> operations;
  private final CommitTimes times;
  // Of the operations whose publish is sampled, by operation ID.
  private final Map<Long, DeliveryTrace> traces;
  private final Map<Scope, Integer> countByScope = new LinkedHashMap<>();
  private final Map<Set<Scope>, EncodedRun> filteredForms = new ConcurrentHashMap<>();
  private final AtomicLong filteredBytes = new AtomicLong();
  private final long bytes;

  /** Of the events; far in the future if none expires. */
  private final long earliestExpiryUnixNs;

  TailBatch(
      long fromExclusive,
      List<StoredOperation> operations,
      CommitTimes times,
      Map<Long, DeliveryTrace> traces) {
    this.fromExclusive = fromExclusive;
    this.operations = operations;
    this.times = times;
    this.traces = traces;
    long total = 0;
    long earliest = Long.MAX_VALUE;
    for (StoredOperation operation : operations) {
      total += operation.bytes().length;
      countByScope.merge(operation.scope(), 1, Integer::sum);
      if (operation.expiresAtUnixNs() != 0 && !operation.isKeyed()) {
        earliest = Math.min(earliest, operation.expiresAtUnixNs());
      }
    }
    this.bytes = total;
    this.earliestExpiryUnixNs = earliest;
  }

  long fromExclusive() {
    return fromExclusive;
  }

  long toInclusive() {
    return last().opId();
  }

  byte[] runningHash() {
    return last().runningHash();
  }

  CommitTimes times() {
    return times;
  }

  /** Bytes of the stored operations. */
  long bytes() {
    return bytes;
  }

  Set<Scope> scopes() {
    return countByScope.keySet();
  }

  /** How many operations a view sees. */
  int count(View view) {
    if (view.all()) {
      return operations.size();
    }
    int count = 0;
    // The smaller of the two sets is walked.
    if (view.scopes().size() < countByScope.size()) {
      for (Scope scope : view.scopes()) {
        count += countByScope.getOrDefault(scope, 0);
      }
    } else {
      for (Map.Entry<Scope, Integer> scope : countByScope.entrySet()) {
        count += view.contains(scope.getKey()) ? scope.getValue() : 0;
      }
    }
    return count;
  }

  /**
   * What a view sees of the batch.
   *
   * @param afterExclusive operations up to here are left out; a lane can stand inside a batch after
   *     it has read from disk
   * @param loggedUnixNs events that have expired by then are left out
   * @param skipped accounts for these
   */
  EncodedRun withoutExpired(
      View view, long afterExclusive, long loggedUnixNs, List<Skipped> skipped) {
    if (earliestExpiryUnixNs > loggedUnixNs) {
      return encoded(view, afterExclusive);
    }
    Map<Boolean, List<StoredOperation>> seen =
        filter(view, afterExclusive).stream()
            .collect(
                Collectors.partitioningBy(
                    operation -> !operation.isKeyed() && operation.isExpired(loggedUnixNs)));
    skipped.addAll(SkippedEvents.byScope(seen.getOrDefault(true, List.of())));
    return encode(seen.getOrDefault(false, List.of()));
  }

  /** The same, whether it has expired or not. */
  EncodedRun encoded(View view, long afterExclusive) {
    int count = count(view);
    if (count == 0) {
      return EncodedRun.EMPTY;
    }
    if (afterExclusive > fromExclusive) {
      return encode(filter(view, afterExclusive));
    }
    Set<Scope> seen = count == operations.size() ? Set.of() : seenScopes(view);
    EncodedRun form = filteredForms.get(seen);
    if (form == null) {
      form = encode(filter(view, fromExclusive));
      if (seen.isEmpty() || hasRoomFor(form)) {
        filteredForms.put(seen, form);
      }
    }
    return form;
  }

  private EncodedRun encode(List<StoredOperation> seen) {
    return EncodedRun.of(seen, times, traces);
  }

  private boolean hasRoomFor(EncodedRun form) {
    if (filteredForms.size() >= MAX_FILTERED_FORMS) {
      return false;
    }
    if (filteredBytes.addAndGet(form.bytes().length) > bytes) {
      filteredBytes.addAndGet(-form.bytes().length);
      return false;
    }
    return true;
  }

  private Set<Scope> seenScopes(View view) {
    List<Scope> seen = new ArrayList<>();
    for (Scope scope : countByScope.keySet()) {
      if (view.contains(scope)) {
        seen.add(scope);
      }
    }
    return Set.copyOf(seen);
  }

  private List<StoredOperation> filter(View view, long afterExclusive) {
    List<StoredOperation> seen = new ArrayList<>(operations.size());
    for (StoredOperation operation : operations) {
      if (operation.opId() > afterExclusive && view.contains(operation.scope())) {
        seen.add(operation);
      }
    }
    return seen;
  }

  private StoredOperation last() {
    return operations.get(operations.size() - 1);
  }
}
