package dev.swarmlog.cli;

import dev.swarmlog.v1.Elision;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.PlanSyncResponse;
import dev.swarmlog.v1.SyncSize;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a sync would take and what it leaves out, for a person or as JSON. */
final class ExplanationText {

  /** How many operations the coordinator counts for one elision. */
  private static final int COUNTED_AT_MOST = 1_000;

  private final Output output;
  private final boolean json;

  ExplanationText(Output output, boolean json) {
    this.output = output;
    this.json = json;
  }

  void show(PlanSyncResponse planned) {
    if (planned.getPlan().hasStatus() && !json) {
      throw Failures.ofStatus(planned.getPlan().getStatus());
    }
    if (json) {
      output.json(map(planned));
    } else {
      print(planned);
    }
    if (planned.getPlan().hasStatus()) {
      throw Failures.ofStatus(planned.getPlan().getStatus());
    }
  }

  private void print(PlanSyncResponse planned) {
    Plan plan = planned.getPlan().getPlan();
    output.line(PlanText.line(planned.getPlan()));
    PlanText.compacted(planned.getPlan()).ifPresent(output::line);
    output.line("");
    boolean snapshot = plan == Plan.PLAN_SNAPSHOT;
    List<List<String>> rows = new ArrayList<>();
    if (planned.hasDelta()) {
      rows.add(row("delta", planned.getDelta(), !snapshot));
    }
    if (planned.hasSnapshot()) {
      rows.add(row("snapshot", planned.getSnapshot(), snapshot));
    }
    if (planned.hasReplay()) {
      rows.add(row("replay", planned.getReplay(), false));
    }
    output.table(
        List.of("SENT AS", ">OPERATIONS", ">EVENTS", ">KEYS", ">DELETIONS", ">BYTES", ""), rows);
    if (plan == Plan.PLAN_DELTA
        && planned.hasDelta()
        && planned.hasSnapshot()
        && planned.getSnapshot().getBytes() < planned.getDelta().getBytes()) {
      output.line("");
      output.line(
          "The snapshot would be smaller by %,d bytes, but this swarm has data from before version 3 of the shards' format, which does not say how large its state is."
              .formatted(planned.getDelta().getBytes() - planned.getSnapshot().getBytes()));
    }
    if (!planned.hasDelta()) {
      output.line("");
      output.line("There is no delta, as it cannot be told what the reader lacks: see above.");
      return;
    }
    printElisions(planned);
  }

  private static List<String> row(String name, SyncSize size, boolean chosen) {
    return List.of(
        name,
        "%,d".formatted(size.getEventsCount() + size.getKeysCount()),
        "%,d".formatted(size.getEventsCount()),
        "%,d".formatted(size.getKeysCount() - size.getTombstonesCount()),
        "%,d".formatted(size.getTombstonesCount()),
        "%,d".formatted(size.getBytes()),
        chosen ? "chosen" : "");
  }

  private void printElisions(PlanSyncResponse planned) {
    long leftOut =
        planned.getSupersededCount() + planned.getNetZeroCount() + planned.getExpiredCount();
    output.line("");
    if (leftOut == 0) {
      output.line("The delta leaves nothing out.");
      return;
    }
    output.line(
        "The delta leaves out %,d of %,d operations:"
            .formatted(leftOut, planned.getPlan().getMissingOperations()));
    boolean compacted = PlanText.beginsBelowHorizon(planned.getPlan());
    printCount(
        planned.getSupersededCount(),
        "superseded by a later one on their key" + (compacted ? " or compacted" : ""));
    printCount(
        planned.getNetZeroCount(), "bringing back the value that the reader holds (net zero)");
    printCount(planned.getExpiredCount(), "expired");
    if (planned.getElisionsCount() > 0) {
      output.line("");
      output.line("Per key, under the reason why its newest operation is sent or not:");
      output.table(
          List.of(">OP", ">LEFT OUT", "WHY", "TOPIC", "TARGET", "KEY"),
          planned.getElisionsList().stream().map(ExplanationText::row).toList());
    }
    long named = planned.getElisionsList().stream().mapToLong(Elision::getLeftOutCount).sum();
    boolean all = planned.getElisionsList().stream().allMatch(ExplanationText::isCounted);
    if (all && named < leftOut && !compacted) {
      output.remark(
          named == 0
              ? "--elisions N names them, up to N keys and events."
              : "%,d more are left out; --elisions N names more.".formatted(leftOut - named));
    }
  }

  private void printCount(long count, String what) {
    if (count > 0) {
      output.line("  %,d %s".formatted(count, what));
    }
  }

  private static List<String> row(Elision elision) {
    return List.of(
        Long.toUnsignedString(elision.getOpId()),
        "%,d%s".formatted(elision.getLeftOutCount(), isCounted(elision) ? "" : "+"),
        reason(elision).replace('_', ' '),
        ContractText.topic(elision.getScope().getTopic()),
        TargetText.print(elision.getScope().getTarget()),
        elision.getKey());
  }

  private static boolean isCounted(Elision elision) {
    return elision.getLeftOutCount() < COUNTED_AT_MOST;
  }

  /** {@code superseded}, {@code net_zero}, {@code expired}. */
  private static String reason(Elision elision) {
    return ContractText.lower(elision.getReason().name(), "REASON_");
  }

  private static Map<String, Object> map(PlanSyncResponse planned) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("plan", PlanText.map(planned.getPlan()));
    if (planned.hasDelta()) {
      map.put("delta", map(planned.getDelta()));
    }
    if (planned.hasSnapshot()) {
      map.put("snapshot", map(planned.getSnapshot()));
    }
    if (planned.hasReplay()) {
      map.put("replay", map(planned.getReplay()));
    }
    map.put("superseded", planned.getSupersededCount());
    map.put("netZero", planned.getNetZeroCount());
    map.put("expired", planned.getExpiredCount());
    map.put("elisions", planned.getElisionsList().stream().map(ExplanationText::map).toList());
    return map;
  }

  private static Map<String, Object> map(SyncSize size) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("events", size.getEventsCount());
    map.put("keys", size.getKeysCount() - size.getTombstonesCount());
    map.put("tombstones", size.getTombstonesCount());
    map.put("bytes", size.getBytes());
    return map;
  }

  private static Map<String, Object> map(Elision elision) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("opId", elision.getOpId());
    map.put("reason", reason(elision));
    map.putAll(PlanText.map(elision.getScope()));
    if (!elision.getKey().isEmpty()) {
      map.put("key", elision.getKey());
    }
    map.put("leftOut", elision.getLeftOutCount());
    return map;
  }
}
