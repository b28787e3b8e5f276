package dev.swarmlog.server.contract;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SnapshotResume;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All that a syncing agent has of one log, as it would lie on its disk. */
final class Holdings {

  /** Keys in the order of their UTF-8 bytes. */
  static final Comparator<String> BY_BYTES =
      Comparator.comparing(key -> key.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  /**
   * The events of a scope.
   *
   * @param since they are counted from there on, exclusive
   * @param countBefore up to there, as a receipt said
   * @param hashBefore up to there, as a receipt said
   */
  record Events(
      long since,
      long countBefore,
      ByteString hashBefore,
      List<Operation> applied,
      List<Skipped> skipped) {

    static Events since(long opId, ScopeSums sums) {
      return new Events(
          opId, sums.getEventCount(), orZero(sums.getEventHash()), List.of(), List.of());
    }

    long count() {
      return countBefore + applied.size() + skipped.stream().mapToLong(Skipped::getCount).sum();
    }

    ByteString hash(Scope scope) {
      ByteString hash = StateSums.eventHash(scope, applied, hashBefore);
      for (Skipped left : skipped) {
        hash = StateSums.plus(hash, left.getEventHash());
      }
      return hash;
    }

    Events with(Operation event) {
      List<Operation> more = new ArrayList<>(applied);
      more.add(event);
      return new Events(since, countBefore, hashBefore, more, skipped);
    }

    Events with(Skipped left) {
      List<Skipped> more = new ArrayList<>(skipped);
      more.add(left);
      return new Events(since, countBefore, hashBefore, applied, more);
    }
  }

  private @Nullable Position position;
  private @Nullable ResumeTriple triple;
  private @Nullable SnapshotResume snapshot;
  private final Set<Scope> held = new HashSet<>();
  private final Map<Scope, NavigableMap<String, Operation>> keys = new HashMap<>();
  private final Map<Scope, Events> events = new HashMap<>();

  Holdings copy() {
    Holdings copy = new Holdings();
    copy.position = position;
    copy.triple = triple;
    copy.snapshot = snapshot;
    copy.held.addAll(held);
    keys.forEach((scope, of) -> copy.keys.put(scope, new TreeMap<>(of)));
    copy.events.putAll(events);
    return copy;
  }

  @Nullable Position position() {
    return position;
  }

  boolean interrupted() {
    return triple != null || snapshot != null;
  }

  @Nullable ResumeTriple triple() {
    return triple;
  }

  @Nullable SnapshotResume snapshot() {
    return snapshot;
  }

  /** The live keys of a scope, with the operations that set them. */
  NavigableMap<String, Operation> keys(Scope scope) {
    return keys.computeIfAbsent(scope, s -> new TreeMap<>(BY_BYTES));
  }

  /** What is counted of a scope; null while that is not known. */
  @Nullable Events events(Scope scope) {
    return events.get(scope);
  }

  /** What goes into Hello. */
  LogResume resume(boolean withSums) {
    if (position == null) {
      throw new AssertionError("Expected a position to resume from");
    }
    LogResume.Builder resume = LogResume.newBuilder().setPosition(position).addAllScopes(held);
    if (snapshot != null) {
      resume.setSnapshot(snapshot);
    } else if (held.isEmpty()) {
      // No scopes would mean all of them; so it says that it has taken nothing over here.
      resume.setSnapshot(SnapshotResume.newBuilder().setPosition(position));
    } else if (triple != null) {
      resume.setTriple(triple);
    } else if (withSums) {
      for (Scope scope : held) {
        ScopeSums.Builder sums =
            ScopeSums.newBuilder()
                .setScope(scope)
                .setStateDigest(StateSums.stateDigest(scope, keys(scope).values()));
        Events counted = events(scope);
        if (counted != null) {
          sums.setEventCount(counted.count()).setEventHash(counted.hash(scope));
        }
        resume.addSums(sums);
      }
    }
    return resume.build();
  }

  /** Keeps keys and sums of these scopes only, and holds the second ones. */
  void keepOnly(Set<Scope> scopes, Set<Scope> holding) {
    keys.keySet().retainAll(scopes);
    events.keySet().retainAll(scopes);
    held.clear();
    held.addAll(holding);
    if (snapshot != null && snapshot.hasScope() && !scopes.contains(snapshot.getScope())) {
      // What it had of that scope is gone, too: should it come back, it comes from the beginning.
      snapshot = SnapshotResume.newBuilder().setPosition(snapshot.getPosition()).build();
    }
  }

  /** Another history: what was counted is void. */
  void replaceHistory(Position start) {
    position = start;
    triple = null;
    events.clear();
  }

  /** Begins with nothing: counts from the beginning. */
  void beginAt(Position start, Set<Scope> scopes) {
    position = start;
    for (Scope scope : scopes) {
      events.put(scope, Events.since(start.getOpId(), ScopeSums.getDefaultInstance()));
    }
  }

  void moveTo(
      Position to, @Nullable ResumeTriple interruptedDelta, @Nullable SnapshotResume pages) {
    position = to;
    triple = interruptedDelta;
    snapshot = pages;
  }

  /** Applies a keyed operation; false if that changes nothing. */
  boolean set(Operation operation) {
    NavigableMap<String, Operation> of = keys(StateSums.scope(operation));
    if (operation.getTombstone()) {
      return of.remove(operation.getKey()) != null;
    }
    Operation before = of.put(operation.getKey(), operation);
    return before == null || !before.getPayload().equals(operation.getPayload());
  }

  void count(Operation event) {
    events.computeIfPresent(StateSums.scope(event), (scope, counted) -> counted.with(event));
  }

  void count(Skipped skipped) {
    events.computeIfPresent(skipped.getScope(), (scope, counted) -> counted.with(skipped));
  }

  /** Takes over from a receipt what could not be counted. */
  void startCounting(Scope scope, long since, ScopeSums sums) {
    events.putIfAbsent(scope, Events.since(since, sums));
  }

  void replace(SnapshotPage page) {
    NavigableMap<String, Operation> of = keys(page.getScope());
    NavigableMap<String, Operation> behind = of.tailMap(page.getAfterKey(), false);
    if (page.getAfterKey().isEmpty()) {
      behind = of;
    }
    (page.getThroughKey().isEmpty() ? behind : behind.headMap(page.getThroughKey(), true)).clear();
    page.getOperationsList().forEach(operation -> of.put(operation.getKey(), operation));
    if (page.getThroughKey().isEmpty()) {
      held.add(page.getScope());
    }
  }

  private static ByteString orZero(ByteString digest) {
    return digest.isEmpty() ? StateSums.ZERO : digest;
  }

  @Override
  public String toString() {
    return "at %s, triple %s, snapshot %s, holding %d scopes"
        .formatted(
            position == null ? "nothing" : position.getOpId(), triple, snapshot, held.size());
  }
}
