package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SnapshotResume;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.View;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The agent's side of a sync, written from the contract: applies what comes on {@code main},
 * commits when it is told to, loses the rest in a crash, and comes back with what it had committed.
 * Each receipt is held against what it has. Used by one test thread.
 */
final class ModelAgent {

  private final String swarm;
  private final String name;
  private List<String> roles = List.of();
  private View view = Requests.MAIN;

  private Holdings stored = new Holdings();
  private Holdings now = new Holdings();

  private @Nullable TestAgent session;
  private @Nullable TestLane lane;
  private LogPlan plan = LogPlan.getDefaultInstance();
  private @Nullable Position target;
  private long base;
  private boolean exact;
  private @Nullable SnapshotResume presented;
  private boolean heldIsKnown;
  private boolean eventsOnly;
  private List<Scope> pagesToCome = List.of();
  private int entries;
  private int pageEntries;
  private @Nullable SyncReceipt receipt;

  private final List<DataResponse.FrameCase> frames = new ArrayList<>();
  private int redundant;
  private int receipts;
  private int fallsBehind;

  ModelAgent(String swarm, String name) {
    this.swarm = swarm;
    this.name = name;
  }

  ModelAgent sees(View seen, String... held) {
    view = seen;
    roles = List.of(held);
    return this;
  }

  /** What it has, committed or not. */
  Holdings now() {
    return now;
  }

  /** What it has committed. */
  Holdings stored() {
    return stored;
  }

  LogPlan plan() {
    return plan;
  }

  TestLane lane() {
    if (lane == null) {
      throw new AssertionError("Expected an open session");
    }
    return lane;
  }

  TestAgent session() {
    if (session == null) {
      throw new AssertionError("Expected an open session");
    }
    return session;
  }

  /** Kinds of the frames since the session began. */
  List<DataResponse.FrameCase> frames() {
    return frames;
  }

  /** The last receipt. */
  SyncReceipt receipt() {
    if (receipt == null) {
      throw new AssertionError("Expected a receipt");
    }
    return receipt;
  }

  /** Entries of syncs that changed nothing, where it was known what the agent holds. */
  int redundant() {
    return redundant;
  }

  int receipts() {
    return receipts;
  }

  int fallsBehind() {
    return fallsBehind;
  }

  /** Whether nobody but the agent must guess what it held when the last sync began. */
  boolean heldIsKnown() {
    return heldIsKnown;
  }

  boolean connected() {
    return session != null;
  }

  /** Whether the last sync has ended. */
  boolean caughtUp() {
    return target == null;
  }

  /** The Hello it would open a session with. */
  Hello.Builder hello(boolean withSums) {
    Hello.Builder hello =
        TestAgent.hello(swarm, name)
            .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
            .setView(view)
            .addAllRoles(roles);
    if (stored.position() != null) {
      hello.addResume(stored.resume(withSums));
    }
    return hello;
  }

  /** Opens a session and attaches, reading everything at once. */
  ModelAgent connect(Coordinator coordinator) {
    return connect(coordinator, false);
  }

  ModelAgent connect(Coordinator coordinator, boolean withSums) {
    now = stored.copy();
    presented = stored.snapshot();
    session = TestAgent.connect(coordinator, hello(withSums));
    plan(session.plan(Log.LOG_MAIN));
    ResumeTriple triple = stored.triple();
    heldIsKnown =
        triple == null || triple.getExact() || triple.getCursorOpId() == triple.getTargetOpId();
    lane = session.attach(Log.LOG_MAIN);
    frames.clear();
    return this;
  }

  private void plan(LogPlan told) {
    assertThat(told.getPlan()).as("%s", told).isNotEqualTo(Plan.PLAN_REJECT);
    plan = told;
    Set<Scope> holding = new HashSet<>(told.getScopesList());
    holding.removeAll(told.getSnapshotScopesList());
    Position position = now.position();
    now.keepOnly(Set.copyOf(told.getScopesList()), holding);
    if (position == null) {
      now.beginAt(told.getStart(), Set.copyOf(told.getScopesList()));
    } else if (!position.equals(told.getStart())) {
      assertThat(told.getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
      now.replaceHistory(told.getStart());
    }
    beginSync(told.getTarget(), told.getBaseOpId(), told.getExact());
    pagesToCome = told.getSnapshotScopesList();
    eventsOnly = told.getPlan() == Plan.PLAN_SNAPSHOT;
  }

  private void beginSync(Position to, long from, boolean isExact) {
    target = to;
    base = from;
    exact = isExact;
    heldIsKnown = true;
    eventsOnly = false;
    pagesToCome = List.of();
    entries = 0;
    pageEntries = 0;
  }

  /** Writes down what it has, and acknowledges it. */
  void commit() {
    stored = now.copy();
    Position position = now.position();
    if (lane != null && position != null) {
      lane.acknowledge(position);
    }
  }

  /** Ends without a word; what was not committed is lost. */
  void crash() {
    if (session != null) {
      session.vanish();
    }
    session = null;
    lane = null;
    target = null;
    now = stored.copy();
  }

  /** Loses a key, as by a fault of its disk; false if it has none, or is not whole. */
  boolean rot() {
    if (stored.interrupted() || stored.position() == null) {
      return false;
    }
    for (Scope scope : plan.getScopesList()) {
      if (!stored.keys(scope).isEmpty()) {
        stored.keys(scope).pollFirstEntry();
        return true;
      }
    }
    return false;
  }

  /** Reads and applies one frame. */
  DataResponse read() {
    DataResponse frame = lane().next();
    frames.add(frame.getFrameCase());
    switch (frame.getFrameCase()) {
      case DELIVERY -> deliver(frame.getDelivery());
      case SNAPSHOT -> take(frame.getSnapshot());
      case RECEIPT -> check(frame.getReceipt());
      case CAUGHT_UP -> {
        assertThat(receipt).as("a receipt before CaughtUp").isNotNull();
        assertThat(frame.getCaughtUp().getPosition()).isEqualTo(target).isEqualTo(now.position());
        assertThat(pagesToCome).isEmpty();
        now.moveTo(frame.getCaughtUp().getPosition(), null, null);
        target = null;
        eventsOnly = false;
      }
      case FELL_BEHIND -> {
        assertThat(target).as("no sync within a sync").isNull();
        assertThat(frame.getFellBehind().getPosition()).isEqualTo(now.position());
        beginSync(
            frame.getFellBehind().getHead(), frame.getFellBehind().getPosition().getOpId(), true);
        fallsBehind++;
      }
      default -> throw new AssertionError("Expected a frame of a sync, but got " + frame);
    }
    return frame;
  }

  /** Reads until a CaughtUp, which it commits; and what it has whenever nothing waits. */
  ModelAgent catchUp() {
    while (!read().hasCaughtUp()) {
      if (lane().call().waitingFrames() == 0) {
        commit();
      }
    }
    commit();
    return this;
  }

  /** Reads so many frames, without committing. */
  ModelAgent read(int count) {
    for (int i = 0; i < count; i++) {
      read();
    }
    return this;
  }

  private void deliver(Delivery delivery) {
    Position until = target;
    for (Operation operation : delivery.getOperationsList()) {
      boolean keyed = operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED;
      if (!keyed) {
        now.count(operation);
      } else {
        assertThat(eventsOnly).as("keyed entries before a snapshot: %s", operation).isFalse();
        boolean changed = now.set(operation);
        if (until != null && heldIsKnown && !changed) {
          redundant++;
        }
      }
    }
    delivery.getSkippedList().forEach(now::count);
    if (until == null) {
      now.moveTo(delivery.getTo(), null, null);
      return;
    }
    entries += delivery.getOperationsCount();
    assertThat(delivery.getTo().getOpId()).isLessThanOrEqualTo(until.getOpId());
    boolean pagesNext = !pagesToCome.isEmpty() && delivery.getTo().getOpId() == until.getOpId();
    if (pagesNext || eventsOnly) {
      now.moveTo(delivery.getTo(), null, SnapshotResume.newBuilder().setPosition(until).build());
    } else {
      now.moveTo(
          delivery.getTo(),
          ResumeTriple.newBuilder()
              .setBaseOpId(base)
              .setCursorOpId(delivery.getTo().getOpId())
              .setTargetOpId(until.getOpId())
              .setExact(exact || delivery.getTo().getOpId() == until.getOpId())
              .build(),
          null);
    }
  }

  private void take(SnapshotPage page) {
    assertThat(page.getPosition()).isEqualTo(target).isEqualTo(now.position());
    assertThat(pagesToCome).first().isEqualTo(page.getScope());
    SnapshotResume before = now.snapshot();
    if (before == null || !before.getScope().equals(page.getScope())) {
      // Another scope may have come before one that is gone on with.
      before = presented;
    }
    boolean goesOn = before != null && before.getScope().equals(page.getScope());
    assertThat(page.getAfterKey())
        .as("contiguous")
        .isEqualTo(goesOn && before != null ? before.getLastKey() : "");
    String last = page.getAfterKey();
    for (Operation operation : page.getOperationsList()) {
      assertThat(Holdings.BY_BYTES.compare(operation.getKey(), last)).isPositive();
      assertThat(StateSums.scope(operation)).isEqualTo(page.getScope());
      assertThat(operation.getTombstone()).isFalse();
      last = operation.getKey();
    }
    pageEntries += page.getOperationsCount();
    now.replace(page);
    now.moveTo(
        page.getPosition(),
        null,
        SnapshotResume.newBuilder()
            .setPosition(page.getPosition())
            .setScope(page.getScope())
            .setLastKey(page.getThroughKey())
            .build());
    if (page.getThroughKey().isEmpty()) {
      pagesToCome = pagesToCome.subList(1, pagesToCome.size());
    }
  }

  /** What the coordinator says it must hold is what it holds, and the counts balance. */
  private void check(SyncReceipt told) {
    receipt = told;
    receipts++;
    assertThat(told.getTarget()).isEqualTo(target).isEqualTo(now.position());
    assertThat(told.getSentCount()).isEqualTo(entries);
    assertThat(told.getSnapshotCount()).isEqualTo(pageEntries);
    assertThat(told.getExaminedCount())
        .as("%s", told)
        .isEqualTo(
            told.getSentCount()
                + told.getSupersededCount()
                + told.getNetZeroCount()
                + told.getExpiredCount());
    Map<Scope, ScopeSums> sums =
        told.getSumsList().stream().collect(Collectors.toMap(ScopeSums::getScope, s -> s));
    assertThat(plan.getScopesList()).containsAll(sums.keySet());
    for (Scope scope : plan.getScopesList()) {
      ScopeSums theirs = sums.getOrDefault(scope, ScopeSums.getDefaultInstance());
      now.startCounting(scope, told.getTarget().getOpId(), theirs);
      Holdings.Events events = now.events(scope);
      assertThat(StateSums.stateDigest(scope, now.keys(scope).values()))
          .as(
              "state of %s of %s at %d, by the plan %s after %s, holding %s",
              scope, name, told.getTarget().getOpId(), plan, frames, now.keys(scope).values())
          .isEqualTo(orZero(theirs.getStateDigest()));
      assertThat(events).isNotNull();
      assertThat(events.count())
          .as("events of %s of %s at %d", scope, name, told.getTarget().getOpId())
          .isEqualTo(theirs.getEventCount());
      assertThat(events.hash(scope)).isEqualTo(orZero(theirs.getEventHash()));
    }
  }

  private static ByteString orZero(ByteString digest) {
    return digest.isEmpty() ? StateSums.ZERO : digest;
  }

  @Override
  public String toString() {
    return "%s %s: %s".formatted(name, roles, now);
  }
}
