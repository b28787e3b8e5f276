package dev.swarmlog.conformance.log;

import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a coordinator without any cunning brings an agent up to date: it leaves out what was
 * superseded, and nothing else.
 *
 * @param plan for Welcome
 * @param frames for the lane, in order, up to CaughtUp
 */
public record Catchup(LogPlan plan, List<DataResponse> frames) {
  private static final int OPERATIONS_PER_FRAME = 2;
  private static final int KEYS_PER_PAGE = 2;

  /**
   * For an agent that presents this.
   *
   * @param scopes of the agent's view in this log, ascending
   */
  public static Catchup of(
      SwarmLog log, Log which, List<Scope> scopes, @Nullable LogResume resume) {
    long head = log.head(which);
    Position fork = resume == null ? null : log.fork(resume.getPosition());
    boolean other =
        resume != null
            && resume.getPosition().getEpoch() != log.position(which, 0).getEpoch()
            && (fork == null || isAbove(resume, fork.getOpId()));
    long from = from(resume, other, fork);
    boolean snapshot = other || (resume != null && resume.hasSnapshot());
    List<Scope> held = held(scopes, resume);
    List<Scope> replaced =
        snapshot ? scopes : scopes.stream().filter(scope -> !held.contains(scope)).toList();
    List<Scope> asDelta = scopes.stream().filter(held::contains).toList();
    List<Operation> examined = log.between(which, from, head, snapshot ? scopes : asDelta);
    List<Operation> sent =
        snapshot
            ? examined.stream().filter(Catchup::isEvent).toList()
            : withoutSuperseded(examined);
    ResumeTriple triple = resume == null ? ResumeTriple.getDefaultInstance() : resume.getTriple();
    boolean inexact = resume != null && resume.hasTriple() && !other;
    boolean current = from == head && !inexact && replaced.isEmpty();
    LogPlan plan =
        LogPlan.newBuilder()
            .setLog(which)
            .setPlan(snapshot ? Plan.PLAN_SNAPSHOT : current ? Plan.PLAN_CURRENT : Plan.PLAN_DELTA)
            .setReason("as the case has it")
            .setStart(log.position(which, from))
            .setHead(log.position(which, head))
            .setMissingOperations(examined.size())
            .setTarget(log.position(which, head))
            .setBaseOpId(inexact ? triple.getBaseOpId() : from)
            .setExact(!inexact && !snapshot)
            .addAllScopes(scopes)
            .addAllSnapshotScopes(replaced)
            .build();
    if (fork != null) {
      plan = plan.toBuilder().setFork(fork).build();
    }
    List<DataResponse> frames = new ArrayList<>(deliveries(log, which, from, head, sent));
    int paged = 0;
    for (Scope scope : replaced) {
      for (SnapshotPage page : pages(log, which, head, scope)) {
        paged += page.getOperationsCount();
        frames.add(DataResponse.newBuilder().setSnapshot(page).build());
      }
    }
    frames.add(
        DataResponse.newBuilder()
            .setReceipt(
                receipt(log, which, head, scopes)
                    .setExaminedCount(examined.size())
                    .setSentCount(sent.size())
                    .setSupersededCount(examined.size() - sent.size())
                    .setSnapshotCount(paged))
            .build());
    frames.add(
        DataResponse.newBuilder()
            .setCaughtUp(CaughtUp.newBuilder().setPosition(log.position(which, head)))
            .build());
    return new Catchup(plan, frames);
  }

  /** Whether it stands, or was on its way to, above an operation. */
  private static boolean isAbove(LogResume resume, long opId) {
    return resume.getPosition().getOpId() > opId
        || resume.getTriple().getTargetOpId() > opId
        || resume.getSnapshot().getPosition().getOpId() > opId;
  }

  /** Where deliveries start; of another history from the beginning, or from the fork. */
  private static long from(@Nullable LogResume resume, boolean other, @Nullable Position fork) {
    if (resume == null || (other && fork == null)) {
      return 0;
    }
    long stands = resume.getPosition().getOpId();
    return fork == null ? stands : Math.min(stands, fork.getOpId());
  }

  /** What an agent must hold that has everything up to there; the counts are the caller's. */
  public static SyncReceipt.Builder receipt(
      SwarmLog log, Log which, long target, List<Scope> scopes) {
    Fold fold = log.fold(which, target);
    SyncReceipt.Builder receipt = SyncReceipt.newBuilder().setTarget(log.position(which, target));
    for (Scope scope : scopes) {
      if (fold.scopes().contains(scope)) {
        receipt.addSums(fold.sums(scope));
      }
    }
    return receipt;
  }

  /** The keyed state of a scope, in pages that cover all of it. */
  public static List<SnapshotPage> pages(SwarmLog log, Log which, long target, Scope scope) {
    List<Operation> keys = new ArrayList<>(log.fold(which, target).keys(scope).values());
    List<SnapshotPage> pages = new ArrayList<>();
    String after = "";
    for (int begin = 0; begin == 0 || begin < keys.size(); begin += KEYS_PER_PAGE) {
      int end = Math.min(keys.size(), begin + KEYS_PER_PAGE);
      String through = end == keys.size() ? "" : keys.get(end - 1).getKey();
      pages.add(
          SnapshotPage.newBuilder()
              .setPosition(log.position(which, target))
              .setScope(scope)
              .setAfterKey(after)
              .setThroughKey(through)
              .addAllOperations(keys.subList(begin, end))
              .build());
      after = through;
    }
    return pages;
  }

  private static List<DataResponse> deliveries(
      SwarmLog log, Log which, long from, long to, List<Operation> operations) {
    List<DataResponse> frames = new ArrayList<>();
    long cursor = from;
    int begin = 0;
    while (begin < operations.size()) {
      int end = Math.min(operations.size(), begin + OPERATIONS_PER_FRAME);
      while (end < operations.size()
          && operations.get(end).getGroupFirst() == operations.get(end - 1).getGroupFirst()) {
        end++; // A group is never split.
      }
      long last = end == operations.size() ? to : operations.get(end - 1).getOpId();
      frames.add(frame(log, which, cursor, last, operations.subList(begin, end)));
      cursor = last;
      begin = end;
    }
    if (cursor < to) {
      frames.add(frame(log, which, cursor, to, List.of()));
    }
    return frames;
  }

  private static DataResponse frame(
      SwarmLog log, Log which, long from, long to, List<Operation> operations) {
    return DataResponse.newBuilder()
        .setDelivery(
            Delivery.newBuilder()
                .setFromOpId(from)
                .setTo(log.position(which, to))
                .addAllOperations(operations))
        .build();
  }

  private static List<Scope> held(List<Scope> scopes, @Nullable LogResume resume) {
    return resume == null || (resume.getScopesCount() == 0 && !resume.hasSnapshot())
        ? scopes
        : resume.getScopesList();
  }

  private static List<Operation> withoutSuperseded(List<Operation> operations) {
    Map<List<Object>, Long> newest = new HashMap<>();
    operations.forEach(operation -> newest.put(key(operation), operation.getOpId()));
    return operations.stream()
        .filter(
            operation ->
                isEvent(operation)
                    || newest.getOrDefault(key(operation), 0L) == operation.getOpId())
        .toList();
  }

  private static List<Object> key(Operation operation) {
    return List.of(Fold.scopeOf(operation), operation.getKey());
  }

  private static boolean isEvent(Operation operation) {
    return operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT;
  }
}
