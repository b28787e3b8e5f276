package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.coordinator.Statuses;
import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.LostEvents;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A plan as a case writes it. What it does not say follows from Hello and the log.
 *
 * @param plan current, delta, snapshot or reject
 * @param start where deliveries start; by default where the agent stands
 * @param base of the delta; by default the start
 * @param target where the sync ends; by default the head
 * @param exact by default, unless the agent presents something interrupted
 * @param snapshot the scopes whose state comes in pages; of plan snapshot all, else none by default
 * @param horizon up to where events are gone
 * @param lost "SCOPE COUNT" for each scope of which some are
 * @param compares pages come only of what differs
 * @param reason of plan reject
 */
record PlanText(
    @Nullable String plan,
    @Nullable Long start,
    @Nullable Long base,
    @Nullable Long target,
    @Nullable Boolean exact,
    @Nullable List<String> snapshot,
    long horizon,
    @Nullable List<String> lost,
    boolean compares,
    @Nullable String reason) {

  static PlanText standard() {
    return new PlanText(null, null, null, null, null, null, 0, null, false, null);
  }

  LogPlan plan(Stage stage, Log which, Hello hello) {
    LogResume resume = Conduct.resumeOf(hello, which);
    long stands = resume == null ? 0 : resume.getPosition().getOpId();
    long from = start == null ? Math.min(stands, stage.log.head(which)) : start;
    long to = target == null ? stage.log.head(which) : target;
    boolean interrupted = resume != null && (resume.hasTriple() || resume.hasSnapshot());
    String kind = plan == null ? (from == to && !interrupted ? "current" : "delta") : plan;
    List<Scope> scopes = stage.settings().scopes(which);
    LogPlan.Builder made =
        LogPlan.newBuilder()
            .setLog(which)
            .setPlan(Plan.valueOf("PLAN_" + kind.toUpperCase(Locale.ROOT)))
            .setReason("the case says so")
            .setStart(stage.log.position(which, from))
            .setHead(stage.log.position(which, stage.log.head(which)))
            .setTarget(stage.log.position(which, to))
            .setBaseOpId(base == null ? from : base)
            .setExact(exact == null ? !interrupted && !kind.equals("snapshot") : exact)
            .setCompares(compares)
            .addAllScopes(scopes);
    Position fork = resume == null ? null : stage.log.fork(resume.getPosition());
    if (fork != null) {
      made.setFork(fork);
    }
    if (snapshot != null) {
      snapshot.forEach(scope -> made.addSnapshotScopes(Notation.scope(scope)));
    } else if (kind.equals("snapshot")) {
      made.addAllSnapshotScopes(scopes);
    }
    if (reason != null) {
      made.setStatus(Statuses.status(reason, 0, Map.of()));
    }
    lose(stage, which, stands, made);
    return made.build();
  }

  private void lose(Stage stage, Log which, long stands, LogPlan.Builder made) {
    made.setHorizonOpId(horizon);
    for (String text : lost == null ? List.<String>of() : lost) {
      String[] parts = text.split(" ", 2);
      Scope scope = Notation.scope(parts[0]);
      made.addLost(
          LostEvents.newBuilder()
              .setScope(scope)
              .setFromOpId(stands)
              .setToOpId(horizon)
              .setCount(Long.parseLong(parts[1])));
      stage
          .log
          .between(which, stands, horizon, List.of(scope))
          .forEach(one -> stage.effects.excuse(which, one.getOpId()));
    }
  }
}
