package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SnapshotPage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator does about drift, by walking the log: compares the sums of acks, goes down
 * where they differ, one query at a time, and repairs. Begins anew with each session.
 */
final class SimulatedDrift {
  private final SimulatedCoordinator coordinator;
  private final Random random;
  private final Deque<KeyInterval> toAsk = new ArrayDeque<>();
  private final List<KeyInterval> toRepair = new ArrayList<>();
  private @Nullable DigestQuery asked;
  private Position askedAt = Position.getDefaultInstance();
  private long queries;
  // It remembers that beyond a session, and the agent does not.
  private boolean looks = true;
  // Within a sync: what is still to be compared, how much was sent, and who waits for that.
  private final Deque<KeyInterval> toCompare = new ArrayDeque<>();
  private int paged;
  private @Nullable IntConsumer compared;
  // Something was repaired: the next sums are looked at in any case.
  private boolean verifies;

  SimulatedDrift(SimulatedCoordinator coordinator, Random random) {
    this.coordinator = coordinator;
    this.random = random;
  }

  void begin() {
    toAsk.clear();
    toRepair.clear();
    asked = null;
    queries = 0;
    verifies = false;
    toCompare.clear();
    compared = null;
  }

  /** Sends within a sync what the agent holds otherwise, scope by scope. */
  void compare(List<KeyInterval> intervals, IntConsumer done) {
    toCompare.addAll(intervals);
    paged = 0;
    compared = done;
    ask();
  }

  /** Whether a sync waits for answers. */
  boolean compares() {
    return compared != null;
  }

  /** The least time between two looks at sums is over. */
  void intervalOver() {
    looks = true;
  }

  /**
   * Whether the sums are those of the log; if not, what differs is looked for, unless they came too
   * soon.
   */
  boolean acknowledged(Position at, List<ScopeSums> sums) {
    boolean acts = asked == null && (looks || verifies);
    looks = looks && !acts;
    verifies = false;
    assertThat(sums)
        .extracting(ScopeSums::getScope)
        .as("every scope held")
        .containsExactlyElementsOf(coordinator.view());
    boolean equal = true;
    for (ScopeSums held : sums) {
      ScopeSums expected = coordinator.sumsAt(held.getScope(), at.getOpId());
      boolean state =
          held.getStateDigest().isEmpty()
              || held.getStateDigest().equals(expected.getStateDigest());
      boolean events =
          held.getEventHash().isEmpty()
              || (held.getEventCount() == expected.getEventCount()
                  && held.getEventHash().equals(expected.getEventHash()));
      equal &= state && events;
      if (acts && !events) {
        verifies = true;
        coordinator.insert(
            DataResponse.newBuilder()
                .setRepair(
                    Repair.newBuilder()
                        .setEvents(
                            coordinator.sumsAt(held.getScope(), coordinator.sent().getOpId())))
                .build());
      }
      if (acts && !state) {
        toAsk.add(KeyInterval.all(held.getScope()));
      }
    }
    ask();
    return equal;
  }

  void answered(DigestReport report) {
    DigestQuery query = asked;
    if (query == null) {
      throw new AssertionError("Expected no answer, but got " + report);
    }
    asked = null;
    assertThat(report.getQueryId()).isEqualTo(query.getQueryId());
    assertThat(report.getPosition()).as("answered where it was asked").isEqualTo(askedAt);
    assertThat(report.getPartsList()).hasSizeBetween(1, query.getMaxParts());
    NavigableMap<String, Operation> live = coordinator.keysAt(query.getScope(), askedAt.getOpId());
    String before = query.getAfterKey();
    if (report.getUnknown() && compared != null) {
      toRepair.add(new KeyInterval(query.getScope(), before, query.getThroughKey()));
      ask();
      return;
    }
    for (DigestPart part : report.getPartsList()) {
      KeyInterval interval = new KeyInterval(query.getScope(), before, part.getThroughKey());
      if (!part.getDigest().equals(digest(interval.scope(), within(live, interval)))) {
        if (part.getKeyCount() <= 1) {
          toRepair.add(interval);
        } else {
          toAsk.add(interval);
        }
      }
      before = part.getThroughKey();
    }
    assertThat(before).as("the end of the interval").isEqualTo(query.getThroughKey());
    ask();
  }

  private void ask() {
    if (asked != null) {
      return;
    }
    if (toAsk.isEmpty() && compared != null) {
      pages();
    }
    KeyInterval next = toAsk.poll();
    if (next == null) {
      repair();
      return;
    }
    queries++;
    DigestQuery query =
        DigestQuery.newBuilder()
            .setQueryId(queries)
            .setScope(next.scope())
            .setAfterKey(next.afterKey())
            .setThroughKey(next.throughKey())
            .setMaxParts(2 + random.nextInt(3))
            .build();
    asked = query;
    askedAt = coordinator.sent();
    coordinator.insert(DataResponse.newBuilder().setDigestQuery(query).build());
  }

  /** What differs of one scope; then it is the turn of the next one. */
  private void pages() {
    toRepair.sort((a, b) -> Utf8.compare(a.afterKey(), b.afterKey()));
    for (KeyInterval interval : toRepair) {
      SnapshotPage page = page(interval);
      paged += page.getOperationsCount();
      coordinator.insert(DataResponse.newBuilder().setSnapshot(page).build());
    }
    toRepair.clear();
    if (!toCompare.isEmpty()) {
      toAsk.add(toCompare.remove());
    } else if (compared != null) {
      IntConsumer done = compared;
      compared = null;
      done.accept(paged);
    }
  }

  private SnapshotPage page(KeyInterval interval) {
    return SnapshotPage.newBuilder()
        .setPosition(coordinator.sent())
        .setScope(interval.scope())
        .setAfterKey(interval.afterKey())
        .setThroughKey(interval.throughKey())
        .addAllOperations(
            within(coordinator.keysAt(interval.scope(), coordinator.sent().getOpId()), interval)
                .values())
        .build();
  }

  /** One frame per scope and now and then several, each true where the agent stands by then. */
  private void repair() {
    toRepair.sort(
        (a, b) ->
            a.scope().equals(b.scope())
                ? Utf8.compare(a.afterKey(), b.afterKey())
                : Integer.compare(
                    coordinator.view().indexOf(a.scope()), coordinator.view().indexOf(b.scope())));
    Repair.Builder repair = Repair.newBuilder();
    for (KeyInterval interval : toRepair) {
      boolean other =
          repair.getPagesCount() > 0 && !repair.getPages(0).getScope().equals(interval.scope());
      if (other || (repair.getPagesCount() > 0 && random.nextInt(4) == 0)) {
        coordinator.insert(DataResponse.newBuilder().setRepair(repair).build());
        repair.clear();
      }
      repair.addPages(page(interval));
    }
    if (repair.getPagesCount() > 0) {
      coordinator.insert(DataResponse.newBuilder().setRepair(repair).build());
    }
    verifies |= !toRepair.isEmpty();
    toRepair.clear();
  }

  private static NavigableMap<String, Operation> within(
      NavigableMap<String, Operation> live, KeyInterval interval) {
    NavigableMap<String, Operation> within = new TreeMap<>(Utf8::compare);
    live.forEach(
        (key, operation) -> {
          if (Utf8.compare(key, interval.afterKey()) > 0
              && (interval.throughKey().isEmpty()
                  || Utf8.compare(key, interval.throughKey()) <= 0)) {
            within.put(key, operation);
          }
        });
    return within;
  }

  private static ByteString digest(Scope scope, NavigableMap<String, Operation> live) {
    return NaiveFold.of(live.values()).sums(scope).getStateDigest();
  }
}
