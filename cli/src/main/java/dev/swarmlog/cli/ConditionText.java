package dev.swarmlog.cli;

import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.repair.DirectoryCondition;
import dev.swarmlog.storage.repair.LogCondition;
import dev.swarmlog.storage.repair.OpRange;
import dev.swarmlog.storage.repair.ShardCondition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What was found of a data directory, in words and in JSON. */
final class ConditionText {

  private static final List<String> HEADINGS =
      List.of("SWARM", "LOG", ">HEAD", ">KEPT TO", "LOST", "CUT OFF");

  private static final int MAX_RANGES = 3;

  private ConditionText() {}

  /** Each damage, then a table of the logs that lose something. */
  static void print(Output output, DirectoryCondition condition) {
    for (ShardCondition shard : condition.shards()) {
      for (String damage : shard.damage()) {
        output.line("shard %d: %s".formatted(shard.shard(), Output.printable(damage)));
      }
      if (shard.lostEntries() > 0) {
        output.line(
            "shard %d: its last %d entries, %d to %d, were acknowledged and cannot be read. An entry holds one or many operations; which these were is not known"
                .formatted(
                    shard.shard(),
                    shard.lostEntries(),
                    shard.foundEntry() + 1,
                    shard.acknowledgedEntry()));
      }
    }
    condition
        .telemetryDamage()
        .forEach(damage -> output.line("telemetry: " + Output.printable(damage)));
    printLosers(output, condition);
    for (LogCondition log : losers(condition)) {
      for (String key : log.lostKeys()) {
        output.line(
            "The value of key %s in log %s of %s is lost."
                .formatted(
                    Output.printable(key), LogName.of(log.log()), Output.printable(log.swarm())));
      }
    }
  }

  private static void printLosers(Output output, DirectoryCondition condition) {
    List<LogCondition> losers = losers(condition);
    if (losers.isEmpty()) {
      return;
    }
    List<String> headings = new ArrayList<>(HEADINGS);
    boolean repaired = losers.stream().anyMatch(log -> log.newEpoch() != 0);
    if (repaired) {
      headings.add("EPOCH");
    }
    List<List<String>> rows = new ArrayList<>();
    for (LogCondition log : losers) {
      List<String> row = new ArrayList<>();
      row.add(Output.printable(log.swarm()));
      row.add(LogName.of(log.log()));
      row.add(Long.toString(log.headOpId()));
      row.add(Long.toString(log.wholeThroughOpId()));
      row.add(ranges(log.lost()));
      row.add(ranges(log.cutOff()));
      if (repaired) {
        row.add(log.newEpoch() == 0 ? "" : ContractText.hex(log.newEpoch()));
      }
      rows.add(row);
    }
    output.line("");
    output.table(headings, rows);
  }

  /** Logs that miss something, or have got a new epoch. */
  private static List<LogCondition> losers(DirectoryCondition condition) {
    return condition.shards().stream()
        .flatMap(shard -> shard.logs().stream())
        .filter(log -> log.losesSomething() || log.newEpoch() != 0)
        .toList();
  }

  /** The first of them; the others are in the JSON. */
  private static String ranges(List<OpRange> ranges) {
    if (ranges.isEmpty()) {
      return "-";
    }
    String first =
        ranges.stream().limit(MAX_RANGES).map(OpRange::toString).collect(Collectors.joining(", "));
    int more = ranges.size() - MAX_RANGES;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  /** How many operations were read, of how many swarms. */
  static String size(DirectoryCondition condition) {
    long operations = condition.shards().stream().mapToLong(ShardCondition::operationCount).sum();
    long swarms =
        condition.shards().stream()
            .flatMap(shard -> shard.logs().stream())
            .map(LogCondition::swarm)
            .distinct()
            .count();
    return "%,d %s of %,d %s"
        .formatted(
            operations,
            operations == 1 ? "operation" : "operations",
            swarms,
            swarms == 1 ? "swarm" : "swarms");
  }

  static Map<String, Object> map(DirectoryCondition condition) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("whole", condition.isWhole());
    map.put("repairable", condition.isRepairable());
    map.put("shards", condition.shards().stream().map(ConditionText::map).toList());
    map.put("telemetryDamage", condition.telemetryDamage());
    return map;
  }

  private static Map<String, Object> map(ShardCondition shard) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("shard", shard.shard());
    map.put("whole", shard.isWhole());
    map.put("operations", shard.operationCount());
    map.put("acknowledgedEntry", shard.acknowledgedEntry());
    map.put("foundEntry", shard.foundEntry());
    map.put("damage", shard.damage());
    map.put("logs", shard.logs().stream().map(ConditionText::map).toList());
    return map;
  }

  private static Map<String, Object> map(LogCondition log) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("swarm", log.swarm());
    map.put("log", LogName.of(log.log()));
    map.put("horizonOpId", log.horizonOpId());
    map.put("headOpId", log.headOpId());
    map.put("keptThroughOpId", log.wholeThroughOpId());
    map.put("lost", rangesMap(log.lost()));
    map.put("cutOff", rangesMap(log.cutOff()));
    map.put("lostKeys", log.lostKeys());
    map.put("rebuilt", log.rebuilt());
    if (log.newEpoch() != 0) {
      map.put("newEpoch", ContractText.hex(log.newEpoch()));
    }
    return map;
  }

  private static List<List<Long>> rangesMap(List<OpRange> ranges) {
    return ranges.stream().map(range -> List.of(range.first(), range.last())).toList();
  }
}
