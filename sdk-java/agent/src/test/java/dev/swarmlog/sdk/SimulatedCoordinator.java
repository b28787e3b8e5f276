package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.FellBehind;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator for one agent over a naive log: every question is answered by walking the log. It
 * follows the rules of the contract and shares no code with the real one.
 */
final class SimulatedCoordinator {
  private final Random random;
  private List<Operation> log = new ArrayList<>();
  private final Set<Long> expired = new HashSet<>();
  private long epoch = 1;
  // Where the epochs ended that it remembers.
  private final Map<Long, Long> forks = new HashMap<>();
  private List<Scope> view;
  private final Deque<DataResponse> frames = new ArrayDeque<>();
  // Nothing up to here is delivered in the session.
  private long startOpId;
  // Where the stream of the session is, once its sync has been put into frames.
  private long sentTo;
  private final SimulatedDrift drift;
  private final SimulatedRefusals refusals;
  // Whether it looks for drift.
  private final boolean finds;

  SimulatedCoordinator(Random random, List<Scope> view, boolean finds) {
    this.random = random;
    this.view = view;
    this.finds = finds;
    this.drift = new SimulatedDrift(this, random);
    this.refusals = new SimulatedRefusals(this, random);
  }

  SimulatedDrift drift() {
    return drift;
  }

  SimulatedRefusals refusals() {
    return refusals;
  }

  List<Scope> view() {
    return view;
  }

  void view(List<Scope> changed) {
    view = changed;
  }

  long head() {
    return log.size();
  }

  List<Operation> log() {
    return log;
  }

  boolean isExpired(long opId) {
    return expired.contains(opId);
  }

  void append(Operation operation) {
    log.add(operation);
  }

  void expire(long opId) {
    if (at(opId).getOperationClass() == OperationClass.OPERATION_CLASS_EVENT
        && !Redelivery.isOne(at(opId))) {
      expired.add(opId);
    }
  }

  /** History is lost from somewhere on, and another one takes its place. */
  void fork() {
    log = new ArrayList<>(log.subList(0, random.nextInt(log.size() + 1)));
    if (random.nextBoolean()) {
      forks.put(epoch, head());
    }
    forks.replaceAll((ended, fork) -> Math.min(fork, head()));
    epoch++;
    expired.removeIf(opId -> opId > log.size());
    refusals.forked();
  }

  /** Plans a session, and puts what it will send into frames. */
  LogPlan plan(@Nullable LogResume stated) {
    LogPlan plan = begin(stated);
    long ended = stated == null ? 0 : stated.getPosition().getEpoch();
    if (forks.containsKey(ended)) {
      plan =
          plan.toBuilder().setFork(position(forks.get(ended)).toBuilder().setEpoch(ended)).build();
    }
    startOpId = plan.getStart().getOpId();
    return plan;
  }

  long startOpId() {
    return startOpId;
  }

  private LogPlan begin(@Nullable LogResume stated) {
    LogResume resume =
        stated != null ? stated : LogResume.newBuilder().setPosition(position(0)).build();
    frames.clear();
    drift.begin();
    long from = resume.getPosition().getOpId();
    if (resume.getPosition().getEpoch() != epoch) {
      Long fork = forks.get(resume.getPosition().getEpoch());
      if (fork == null) {
        return snapshot(head(), head(), List.of(), view, null);
      }
      // What it lacks may be what it was told not to wait for, because of what is lost.
      boolean unknown = resume.hasTriple() && !resume.getTriple().getExact();
      if (unknown
          || from > fork
          || resume.getTriple().getTargetOpId() > fork
          || resume.hasSnapshot()) {
        return snapshot(Math.min(from, fork), head(), view, view, null);
      }
    }
    if (from > head() || resume.getTriple().getTargetOpId() > head()) {
      throw new AssertionError("beyond the head: " + resume);
    }
    List<Scope> held = resume.getScopesCount() == 0 ? view : resume.getScopesList();
    if (resume.hasSnapshot()) {
      return goOn(resume, from);
    }
    boolean differs =
        !resume.hasTriple()
            && resume.getSumsList().stream()
                .anyMatch(
                    sums ->
                        !sums.getStateDigest().isEmpty()
                            && !sums.getStateDigest()
                                .equals(sumsAt(sums.getScope(), from).getStateDigest()));
    List<Scope> kept = view.stream().filter(held::contains).toList();
    if ((differs && !(finds && random.nextBoolean())) || random.nextInt(12) == 0) {
      return snapshot(from, head(), view, view, null);
    }
    long interruptedTarget = resume.getTriple().getTargetOpId();
    boolean interrupted = interruptedTarget > from;
    boolean known = !resume.hasTriple() || resume.getTriple().getExact();
    long base = interrupted && known ? resume.getTriple().getBaseOpId() : from;
    List<Scope> added = view.stream().filter(scope -> !held.contains(scope)).toList();
    List<Operation> entries =
        delta(kept, base, from, interrupted ? interruptedTarget : from, head(), known);
    int sent = put(from, head(), entries, kept);
    int paged = pages(head(), added, null);
    end(head(), sent, paged);
    return plan(
            added.isEmpty() && from == head() ? Plan.PLAN_CURRENT : Plan.PLAN_DELTA, from, head())
        .setBaseOpId(base)
        .setExact(known && !interrupted)
        .addAllSnapshotScopes(added)
        .build();
  }

  /** The next frame; null if there is none now. */
  @Nullable DataResponse frame() {
    if (frames.isEmpty() && sentTo < head() && !drift.compares()) {
      if (head() - sentTo > 3 && random.nextInt(3) == 0) {
        fallBehind();
      } else {
        long to = sentTo + 1 + random.nextInt((int) (head() - sentTo));
        put(sentTo, to, inView(sentTo, to, view), view);
        sentTo = to;
      }
    }
    return frames.poll();
  }

  /** Sends something behind all that is under way. */
  void insert(DataResponse frame) {
    frames.add(frame);
  }

  /** Where the agent stands when it has applied all that is under way. */
  Position sent() {
    return position(sentTo);
  }

  NaiveFold fold() {
    return NaiveFold.of(log);
  }

  private LogPlan goOn(LogResume resume, long from) {
    Position at = resume.getSnapshot().getPosition();
    if (at.getEpoch() != epoch || at.getOpId() > head()) {
      return snapshot(head(), head(), List.of(), view, null);
    }
    List<Scope> held = resume.getScopesList();
    if ((resume.getSnapshot().hasScope() || !held.isEmpty()) && from != at.getOpId()) {
      throw new AssertionError("pages before all events: " + resume);
    }
    List<Scope> pending = view.stream().filter(scope -> !held.contains(scope)).toList();
    return snapshot(from, at.getOpId(), view, pending, resume);
  }

  private LogPlan snapshot(
      long from,
      long target,
      List<Scope> eventsOf,
      List<Scope> snapshotScopes,
      @Nullable LogResume resume) {
    List<Operation> events =
        inView(from, target, eventsOf).stream()
            .filter(
                operation -> operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT)
            .toList();
    int sent = put(from, target, events, eventsOf);
    LogPlan.Builder plan =
        plan(Plan.PLAN_SNAPSHOT, from, target).addAllSnapshotScopes(snapshotScopes);
    if (finds && random.nextBoolean()) {
      sentTo = target;
      drift.compare(
          snapshotScopes.stream().map(scope -> behind(scope, resume)).toList(),
          paged -> end(target, sent, paged));
      return plan.setCompares(true).build();
    }
    end(target, sent, pages(target, snapshotScopes, resume));
    return plan.build();
  }

  private static KeyInterval behind(Scope scope, @Nullable LogResume resume) {
    boolean begun = resume != null && resume.getSnapshot().getScope().equals(scope);
    return new KeyInterval(scope, begun ? resume.getSnapshot().getLastKey() : "", "");
  }

  private void fallBehind() {
    frames.add(
        DataResponse.newBuilder()
            .setFellBehind(
                FellBehind.newBuilder().setPosition(position(sentTo)).setHead(position(head())))
            .build());
    List<Operation> entries = delta(view, sentTo, sentTo, sentTo, head(), true);
    int sent = put(sentTo, head(), entries, view);
    end(head(), sent, 0);
  }

  private LogPlan.Builder plan(Plan plan, long from, long target) {
    return LogPlan.newBuilder()
        .setLog(Log.LOG_MAIN)
        .setPlan(plan)
        .setStart(position(from))
        .setHead(position(head()))
        .setTarget(position(target))
        .addAllScopes(view);
  }

  /**
   * What a reader is owed: events, and one entry per key whose value differs from what it holds.
   */
  private List<Operation> delta(
      List<Scope> scopes,
      long base,
      long start,
      long interruptedTarget,
      long target,
      boolean known) {
    Map<String, Operation> newest = new HashMap<>();
    List<Operation> due = new ArrayList<>();
    for (Operation operation : inView(start, target, scopes)) {
      if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
        due.add(operation);
      } else {
        newest.put(NaiveFold.scopeOf(operation) + operation.getKey(), operation);
      }
    }
    for (Operation operation : newest.values()) {
      Operation atTarget = newestOf(operation, interruptedTarget);
      Operation holds =
          atTarget != null && atTarget.getOpId() > start ? newestOf(operation, base) : atTarget;
      ByteString value = holds == null ? ByteString.EMPTY : holds.getValueDigest();
      if (!known || !value.equals(operation.getValueDigest())) {
        due.add(operation);
      }
    }
    due.sort(java.util.Comparator.comparingLong(Operation::getOpId));
    return due;
  }

  /** Cuts an interval into deliveries; answers how many operations they carry. */
  private int put(long from, long to, List<Operation> operations, List<Scope> scopes) {
    int sent = 0;
    for (long at = from; at < to; ) {
      long cursor = at;
      long next = Math.min(to, at + 1 + random.nextInt(4));
      at = next;
      Delivery.Builder delivery = Delivery.newBuilder().setFromOpId(cursor).setTo(position(next));
      Map<Scope, NaiveFold> skipped = new HashMap<>();
      for (Operation operation : inView(cursor, next, scopes)) {
        if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT
            && expired.contains(operation.getOpId())) {
          Scope scope = NaiveFold.scopeOf(operation);
          skipped.computeIfAbsent(scope, absent -> new NaiveFold()).apply(operation);
        } else if (operations.contains(operation)) {
          delivery.addOperations(operation);
          sent++;
        }
      }
      skipped.forEach(
          (scope, fold) ->
              delivery.addSkipped(
                  Skipped.newBuilder()
                      .setScope(scope)
                      .setCount(fold.sums(scope).getEventCount())
                      .setEventHash(fold.sums(scope).getEventHash())));
      frames.add(DataResponse.newBuilder().setDelivery(delivery).build());
    }
    return sent;
  }

  private int pages(long at, List<Scope> scopes, @Nullable LogResume resume) {
    int paged = 0;
    for (Scope scope : scopes) {
      String after = "";
      if (resume != null && resume.getSnapshot().getScope().equals(scope)) {
        after = resume.getSnapshot().getLastKey();
        if (after.isEmpty()) {
          continue;
        }
      }
      List<Operation> left = new ArrayList<>(keysAt(scope, at).tailMap(after, false).values());
      boolean more = true;
      while (more) {
        int size = Math.min(left.size(), 1 + random.nextInt(2));
        more = left.size() > size;
        String through = more ? left.get(size - 1).getKey() : "";
        frames.add(
            DataResponse.newBuilder()
                .setSnapshot(
                    SnapshotPage.newBuilder()
                        .setPosition(position(at))
                        .setScope(scope)
                        .setAfterKey(after)
                        .setThroughKey(through)
                        .addAllOperations(left.subList(0, size)))
                .build());
        paged += size;
        left = left.subList(size, left.size());
        after = through;
      }
    }
    return paged;
  }

  private void end(long target, int sent, int paged) {
    SyncReceipt.Builder receipt =
        SyncReceipt.newBuilder()
            .setTarget(position(target))
            .setSentCount(sent)
            .setSnapshotCount(paged);
    for (Scope scope : view) {
      if (!inView(0, target, List.of(scope)).isEmpty()) {
        receipt.addSums(sumsAt(scope, target));
      }
    }
    frames.add(DataResponse.newBuilder().setReceipt(receipt).build());
    frames.add(
        DataResponse.newBuilder()
            .setCaughtUp(CaughtUp.newBuilder().setPosition(position(target)))
            .build());
    sentTo = target;
  }

  /** The operations that set the live keys of a scope. */
  NavigableMap<String, Operation> keysAt(Scope scope, long opId) {
    NavigableMap<String, Operation> live = new TreeMap<>(Utf8::compare);
    for (Operation operation : inView(0, opId, List.of(scope))) {
      if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED) {
        if (operation.getTombstone()) {
          live.remove(operation.getKey());
        } else {
          live.put(operation.getKey(), operation);
        }
      }
    }
    return live;
  }

  ScopeSums sumsAt(Scope scope, long opId) {
    return NaiveFold.of(log.subList(0, (int) opId)).sums(scope);
  }

  private List<Operation> inView(long fromExclusive, long to, List<Scope> scopes) {
    return log.subList((int) fromExclusive, (int) to).stream()
        .filter(operation -> scopes.contains(NaiveFold.scopeOf(operation)))
        .toList();
  }

  @Nullable Operation newestOf(Operation ofKey, long atOpId) {
    Operation newest = null;
    for (Operation operation : log.subList(0, (int) atOpId)) {
      if (operation.getKey().equals(ofKey.getKey())
          && NaiveFold.scopeOf(operation).equals(NaiveFold.scopeOf(ofKey))) {
        newest = operation;
      }
    }
    return newest;
  }

  Operation at(long opId) {
    return log.get((int) opId - 1);
  }

  Position position(long opId) {
    return Position.newBuilder()
        .setLog(Log.LOG_MAIN)
        .setIncarnation(1)
        .setEpoch(epoch)
        .setOpId(opId)
        .build();
  }
}
