package dev.swarmlog.cli;

import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Scope;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The plan of a sync as a line for a person, and as JSON. */
final class PlanText {

  private PlanText() {}

  /** {@code delta}, {@code snapshot} … */
  static String name(Plan plan) {
    return plan.name().substring("PLAN_".length()).toLowerCase(Locale.ROOT);
  }

  static String line(LogPlan plan) {
    return "Plan: %s, %s. %s"
        .formatted(name(plan.getPlan()), distance(plan), Output.printable(plan.getReason()));
  }

  /** What of it is gone, if the log has been compacted beyond where the reader stands. */
  static Optional<String> compacted(LogPlan plan) {
    return beginsBelowHorizon(plan) || plan.getLostCount() > 0
        ? Optional.of(
            "The log was compacted: events up to operation %s are gone."
                .formatted(Long.toUnsignedString(plan.getHorizonOpId())))
        : Optional.empty();
  }

  /** Only from nothing. */
  static boolean beginsBelowHorizon(LogPlan plan) {
    return Long.compareUnsigned(plan.getStart().getOpId(), plan.getHorizonOpId()) < 0;
  }

  private static String distance(LogPlan plan) {
    long missing = plan.getMissingOperations();
    // Where the history parted, all is replaced at the head: nobody knows what is missing.
    if (plan.getPlan() == Plan.PLAN_SNAPSHOT && plan.getStart().equals(plan.getTarget())) {
      return "events before the target are not sent again";
    }
    return "%,d %s behind".formatted(missing, missing == 1 ? "operation" : "operations");
  }

  static Map<String, Object> map(LogPlan plan) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("plan", name(plan.getPlan()));
    map.put("reason", plan.getReason());
    map.put("start", PositionText.print(plan.getStart()));
    map.put("target", PositionText.print(plan.getTarget()));
    map.put("head", PositionText.print(plan.getHead()));
    map.put("missingOperations", plan.getMissingOperations());
    map.put("horizonOpId", plan.getHorizonOpId());
    map.put("snapshotScopes", plan.getSnapshotScopesList().stream().map(PlanText::map).toList());
    return map;
  }

  static Map<String, Object> map(Scope scope) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("topic", ContractText.topic(scope.getTopic()));
    map.put("target", TargetText.print(scope.getTarget()));
    return map;
  }
}
