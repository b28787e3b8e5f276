package dev.swarmlog.storage.eventlog;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.eventlog.DeltaOracle.Place;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An agent as simple as it gets: knows what it was given, and what it committed with that, and
 * never looks at a log.
 */
final class ModelAgent {

  /** What an agent commits with each page of a delta. */
  record Triple(long base, long cursor, long target, boolean exact) {}

  private static final class Events {
    private long count;
    private BigInteger hash = BigInteger.ZERO;
  }

  private final Map<Place, Payload> keys = new HashMap<>();
  private final Map<Scope, Events> events = new HashMap<>();
  private long cursor;
  private @Nullable Triple triple;
  private long receivedEntries;
  private long redundantEntries;
  private long outOfOrder;

  long cursor() {
    return cursor;
  }

  /** Entries of deltas, and operations delivered live. */
  long receivedEntries() {
    return receivedEntries;
  }

  /** Those of them that changed nothing. */
  long redundantEntries() {
    return redundantEntries;
  }

  /** Those of them that were not above the one before. */
  long outOfOrder() {
    return outOfOrder;
  }

  Map<Place, Payload> keys() {
    return Map.copyOf(keys);
  }

  /** The delta due to it, by what it committed. */
  DeltaBounds resume(long newTarget) {
    Triple committed = triple;
    if (committed == null || committed.cursor == committed.target) {
      return DeltaBounds.from(cursor, newTarget);
    }
    return committed.exact
        ? DeltaBounds.resumed(committed.base, committed.cursor, committed.target, newTarget)
        : DeltaBounds.inexact(committed.cursor, newTarget);
  }

  /** Whether a delta to these bounds would be the first one since it was whole. */
  boolean isWhole() {
    return triple == null || triple.cursor == triple.target;
  }

  /**
   * Commits a page of a delta.
   *
   * @param exact as the plan of the delta stated it
   */
  void commit(Page page, DeltaBounds bounds, boolean exact) {
    for (StoredOperation stored : page.operations()) {
      outOfOrder += stored.opId() <= cursor ? 1 : 0;
      receivedEntries++;
      apply(parsed(stored));
      cursor = stored.opId();
    }
    for (Skipped skipped : page.skipped()) {
      Events sum = eventsOf(skipped.getScope());
      sum.count += skipped.getCount();
      sum.hash = NaiveDigests.sum(sum.hash, skipped.getEventHash().toByteArray());
    }
    cursor = page.toInclusive();
    triple = new Triple(bounds.base(), cursor, bounds.target(), exact);
  }

  /** Commits a page of which nothing keyed was left out, or nothing keyed handed out. */
  void commit(Page page) {
    commit(page, DeltaBounds.from(page.toInclusive(), page.toInclusive()), /* exact= */ true);
  }

  /** Commits a page of keyed state. */
  void commit(Scope scope, KeyPage page) {
    Set<Place> given = new HashSet<>();
    for (StoredOperation stored : page.operations()) {
      Operation operation = parsed(stored);
      given.add(Place.of(operation));
      apply(operation);
    }
    keys.keySet()
        .removeIf(
            place ->
                place.scope().equals(scope) && isIn(page, place.key()) && !given.contains(place));
  }

  private static boolean isIn(KeyPage page, String key) {
    return isAbove(key, page.afterKey())
        && (page.throughKey().isEmpty() || !isAbove(key, page.throughKey()));
  }

  /** In the order of UTF-8 bytes. */
  static boolean isAbove(String key, String other) {
    return Arrays.compareUnsigned(
            key.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8))
        > 0;
  }

  /** Takes over the event sums of a scope that was added. */
  void startEvents(ScopeSums sums) {
    Events start = new Events();
    start.count = sums.getEventCount();
    start.hash = new BigInteger(1, sums.getEventHash().toByteArray());
    events.put(sums.getScope(), start);
  }

  /** Forgets scopes that it no longer sees. */
  void drop(Collection<Scope> scopes) {
    keys.keySet().removeIf(place -> scopes.contains(place.scope()));
    events.keySet().removeAll(scopes);
  }

  private void apply(Operation operation) {
    if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
      Scope scope = Place.of(operation).scope();
      Events sum = eventsOf(scope);
      sum.count++;
      byte[] value = NaiveDigests.value(operation.getPayload());
      sum.hash = NaiveDigests.sum(sum.hash, NaiveDigests.event(operation.getOpId(), scope, value));
      return;
    }
    Payload before =
        operation.getTombstone()
            ? keys.remove(Place.of(operation))
            : keys.put(Place.of(operation), operation.getPayload());
    Payload after = operation.getTombstone() ? null : operation.getPayload();
    redundantEntries += Objects.equals(before, after) ? 1 : 0;
  }

  private Events eventsOf(Scope scope) {
    return events.computeIfAbsent(scope, added -> new Events());
  }

  /** Its own sums of a scope; it does not count operations. */
  ScopeSums sums(Scope scope) {
    BigInteger state = BigInteger.ZERO;
    for (Map.Entry<Place, Payload> key : keys.entrySet()) {
      if (key.getKey().scope().equals(scope)) {
        byte[] value = NaiveDigests.value(key.getValue());
        state = NaiveDigests.sum(state, NaiveDigests.key(scope, key.getKey().key(), value));
      }
    }
    Events sum = eventsOf(scope);
    return ScopeSums.newBuilder()
        .setScope(scope)
        .setStateDigest(NaiveDigests.sixteenBytes(state))
        .setEventCount(sum.count)
        .setEventHash(NaiveDigests.sixteenBytes(sum.hash))
        .build();
  }

  /** The scopes of a receipt with which its own sums do not agree. */
  List<Scope> differing(List<ScopeSums> receipt) {
    List<Scope> differing = new ArrayList<>();
    for (ScopeSums sums : receipt) {
      if (!sums(sums.getScope()).equals(sums.toBuilder().clearOpCount().build())) {
        differing.add(sums.getScope());
      }
    }
    return differing;
  }

  static Operation parsed(StoredOperation stored) {
    try {
      return Operation.parseFrom(stored.bytes());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
