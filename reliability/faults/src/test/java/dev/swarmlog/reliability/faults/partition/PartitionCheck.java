package dev.swarmlog.reliability.faults.partition;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.SyncReport;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LostEvents;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Holds what an agent has, and what it was sent for that, against the whole log. It shares no code
 * with the coordinator's deltas.
 *
 * @param name of the agent, for people
 * @param exactlyOnce whether no event may take effect twice
 * @param logs each from its first operation on
 * @param horizons where that of main has been, ascending
 */
record PartitionCheck(
    String name,
    Set<Scope> view,
    boolean exactlyOnce,
    Map<Log, List<Operation>> logs,
    List<Long> horizons) {

  /**
   * Compares what is held with a full replay; the agent must have applied all of its view.
   *
   * @return what differs
   */
  List<String> state(HeldState held, AgentTold told) {
    List<String> findings = new ArrayList<>();
    Map<ScopedKey, ByteString> keyed = new HashMap<>();
    List<Operation> events = new ArrayList<>();
    logs.forEach(
        (log, operations) -> {
          LogFold fold = LogFold.of(operations, view, Long.MAX_VALUE);
          keyed.putAll(fold.keyed());
          events.addAll(fold.events());
        });
    Map<ScopedKey, ByteString> has = held.keyed();
    if (!has.equals(keyed)) {
      findings.add(
          "Expected %s to hold the keyed state of a full replay, but %s"
              .formatted(name, difference(keyed, has)));
    }
    findings.addAll(events(events, held.events(), told));
    told.wrong()
        .forEach(what -> findings.add("Expected %s to go on, but it %s".formatted(name, what)));
    return findings;
  }

  private List<String> events(List<Operation> due, List<Operation> applied, AgentTold told) {
    List<String> findings = new ArrayList<>();
    Set<Operation> seen = new HashSet<>();
    Map<Log, Long> last = new HashMap<>();
    for (Operation event : applied) {
      Log log = AgentScopes.logOf(event.getTopic());
      boolean again = !seen.add(event);
      if (event.getOpId() <= last.getOrDefault(log, 0L) && (exactlyOnce || !again)) {
        findings.add(
            "Expected %s to apply events in order%s, but %s %d came behind %d"
                .formatted(name, exactlyOnce ? ", once" : "", log, event.getOpId(), last.get(log)));
      }
      last.merge(log, event.getOpId(), Math::max);
    }
    Set<Operation> missing = new HashSet<>(due);
    missing.removeAll(seen);
    missing.removeIf(event -> isExcused(event, seen, told));
    if (!missing.isEmpty()) {
      findings.add(
          "Expected %s to apply every event of its view, but it lacks %d, such as operation %d; its plans were: %s"
              .formatted(name, missing.size(), missing.iterator().next().getOpId(), told.plans()));
    }
    seen.removeAll(due);
    if (!seen.isEmpty()) {
      findings.add(
          "Expected %s to apply what lies in the log, but it applied %s"
              .formatted(name, seen.iterator().next()));
    }
    findings.addAll(toldOfLosses(due, told));
    return findings;
  }

  /** Compacted before the agent could have it: it was told so, or held nothing then. */
  private boolean isExcused(Operation event, Set<Operation> applied, AgentTold told) {
    boolean isTold =
        told.lost().stream()
            .anyMatch(
                lost ->
                    lost.getScope().equals(Targets.scopeOf(event))
                        && event.getOpId() > lost.getFromOpId()
                        && event.getOpId() <= lost.getToOpId());
    Log log = AgentScopes.logOf(event.getTopic());
    return isTold
        || told.plans().stream()
            .filter(plan -> beganWithNothing(plan, log))
            .anyMatch(
                plan ->
                    event.getOpId() <= plan.getHorizonOpId()
                        || horizonsSince(plan)
                            .anyMatch(
                                horizon ->
                                    event.getOpId() <= horizon
                                        && nothingWithin(plan, horizon, applied)));
  }

  /**
   * The horizon moves while a plan is made and followed: who holds nothing is given what is left.
   */
  private LongStream horizonsSince(LogPlan plan) {
    return plan.getLog() == Log.LOG_MAIN
        ? horizons.stream()
            .mapToLong(Long::longValue)
            .filter(horizon -> horizon > plan.getHorizonOpId())
            .filter(horizon -> horizon <= plan.getTarget().getOpId())
        : LongStream.empty();
  }

  private static boolean nothingWithin(LogPlan plan, long horizon, Set<Operation> applied) {
    return applied.stream()
        .filter(event -> AgentScopes.logOf(event.getTopic()) == plan.getLog())
        .noneMatch(event -> event.getOpId() > plan.getHorizonOpId() && event.getOpId() <= horizon);
  }

  private static boolean beganWithNothing(LogPlan plan, Log log) {
    return plan.getLog() == log
        && plan.getPlan() == Plan.PLAN_DELTA
        && plan.getBaseOpId() == 0
        && plan.getLostCount() == 0;
  }

  private List<String> toldOfLosses(List<Operation> due, AgentTold told) {
    List<String> findings = new ArrayList<>();
    for (LostEvents lost : told.lost()) {
      long count =
          due.stream()
              .filter(event -> Targets.scopeOf(event).equals(lost.getScope()))
              .filter(event -> event.getOpId() > lost.getFromOpId())
              .filter(event -> event.getOpId() <= lost.getToOpId())
              .count();
      if (lost.getCount() != count) {
        findings.add(
            "Expected %s to be told of %d lost events, but it was told: %s"
                .formatted(name, count, lost));
      }
    }
    return findings;
  }

  /**
   * Holds a delta against the least that could have been sent: each event, and one entry for each
   * key that the agent held otherwise.
   *
   * @return what is wrong with it; empty too if it was no delta
   */
  List<String> delta(SyncReport report, HeldState held, AgentTold told) {
    List<String> findings = new ArrayList<>();
    if (!report.mismatches().isEmpty()) {
      findings.add("Expected %s to hold what the receipt says, but: %s".formatted(name, report));
    }
    if (report.plan() != Plan.PLAN_DELTA) {
      return findings;
    }
    List<SentBounds> possible =
        told.plans().stream()
            .filter(plan -> beganWithNothing(plan, report.log()))
            .filter(plan -> plan.getTarget().getOpId() == report.target().getOpId())
            .flatMapToLong(
                plan ->
                    LongStream.concat(LongStream.of(plan.getHorizonOpId()), horizonsSince(plan)))
            .mapToObj(horizon -> bounds(report, held, horizon))
            .toList();
    List<SentBounds> allowed = possible.isEmpty() ? List.of(bounds(report, held, 0)) : possible;
    if (allowed.stream().noneMatch(bounds -> bounds.allow(report.received()))) {
      findings.add(
          "Expected %s to be sent %s operations, but: %s"
              .formatted(
                  name,
                  allowed.stream().map(SentBounds::toString).collect(Collectors.joining(" or ")),
                  report));
    }
    if (report.exact() && report.redundant() != 0) {
      findings.add("Expected %s to be sent nothing in vain, but: %s".formatted(name, report));
    }
    return findings;
  }

  /** How many operations a delta may have. */
  private record SentBounds(long least, long most) {
    boolean allow(long sent) {
      return sent >= least && sent <= most;
    }

    @Override
    public String toString() {
      return "%d to %d".formatted(least, most);
    }
  }

  /**
   * What a delta has to have.
   *
   * @param horizon no event up to here is owed: of who held nothing; else 0
   */
  private SentBounds bounds(SyncReport report, HeldState held, long horizon) {
    List<Operation> log = logs.get(report.log());
    long from = report.from().getOpId();
    long target = report.target().getOpId();
    long events = 0;
    Set<ScopedKey> touched = new HashSet<>();
    for (Operation operation : log) {
      boolean isNew = operation.getOpId() > from && operation.getOpId() <= target;
      if (isNew && view.contains(Targets.scopeOf(operation))) {
        if (LogFold.isEvent(operation)) {
          events += operation.getOpId() > horizon ? 1 : 0;
        } else {
          touched.add(ScopedKey.of(operation));
        }
      }
    }
    long least = events + changed(touched, held.keyedAt(report.log(), from), log, target);
    return new SentBounds(least, report.exact() ? least : events + touched.size());
  }

  /** How many of these keys have another value at the target. */
  private long changed(
      Set<ScopedKey> touched, Map<ScopedKey, ByteString> before, List<Operation> log, long target) {
    Map<ScopedKey, ByteString> after = LogFold.of(log, view, target).keyed();
    long count = 0;
    for (ScopedKey key : touched) {
      ByteString was = before.get(key);
      ByteString is = after.get(key);
      if (was == null ? is != null : !was.equals(is)) {
        count++;
      }
    }
    return count;
  }

  private static String difference(
      Map<ScopedKey, ByteString> expected, Map<ScopedKey, ByteString> has) {
    Set<ScopedKey> keys = new HashSet<>(expected.keySet());
    keys.addAll(has.keySet());
    List<String> differing = new ArrayList<>();
    for (ScopedKey key : keys) {
      ByteString should = expected.get(key);
      ByteString is = has.get(key);
      if (should == null ? is != null : !should.equals(is)) {
        differing.add("%s is %s, not %s".formatted(key, text(is), text(should)));
      }
    }
    return "%d keys differ: %s".formatted(differing.size(), differing.get(0));
  }

  private static String text(ByteString value) {
    return value == null ? "not there" : value.toStringUtf8();
  }
}
