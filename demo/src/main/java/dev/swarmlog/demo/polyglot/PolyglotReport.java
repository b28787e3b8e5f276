package dev.swarmlog.demo.polyglot;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What came of it.
 *
 * @param agents in the order of their names
 * @param skipped languages that did not take part, and why
 * @param expected what each agent must hold, by the log
 * @param operations in the log
 * @param publishedTwice publications that two publishers sent under one idempotency key
 * @param deliveredTwice deliveries that were sent twice
 * @param findings what is not as it must be; none if all is well
 */
public record PolyglotReport(
    List<Row> agents,
    Map<String, String> skipped,
    AgentState expected,
    long operations,
    int publishedTwice,
    long deliveredTwice,
    int answers,
    int coordinatorKills,
    List<String> findings) {
  private static final int SHOWN_DIGITS = 16;

  /**
   * One agent.
   *
   * @param agrees what it said last is what the log says
   */
  record Row(
      String name,
      String language,
      String version,
      int kills,
      int cuts,
      int partitions,
      boolean agrees) {}

  public PolyglotReport {
    agents = List.copyOf(agents);
    skipped = new TreeMap<>(skipped);
    findings = List.copyOf(findings);
  }

  /** Whether all agents hold what the log says, and nothing was lost or came twice. */
  public boolean passed() {
    return findings.isEmpty() && agents.stream().allMatch(Row::agrees);
  }

  /** For people. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%-14s %-22s %6s %7s %11s  %s"
            .formatted("agent", "SDK", "killed", "cut off", "partitioned", "holds"));
    for (Row row : agents) {
      lines.add(
          "%-14s %-22s %6d %7d %11d  %s"
              .formatted(
                  row.name(),
                  row.version(),
                  row.kills(),
                  row.cuts(),
                  row.partitions(),
                  row.agrees() ? "what the log says" : "SOMETHING ELSE"));
    }
    lines.add("");
    skipped.forEach((language, why) -> lines.add("Skipped: %s. %s".formatted(language, why)));
    lines.add(
        "%s: %,d operations, %d agents in %s; each applied %,d events in one order (%s…) and holds the same %d keys (%s…)."
            .formatted(
                passed() ? "PASSED" : "FAILED",
                operations,
                agents.size(),
                languages().size() == 1 ? "one language" : languages().size() + " languages",
                expected.events(),
                expected.chain().substring(0, SHOWN_DIGITS),
                expected.keys(),
                expected.table().substring(0, SHOWN_DIGITS)));
    lines.add(
        "Sent twice: %,d publications, %,d deliveries; each took effect once. Coordinator killed: %d. Questions, each answered once: %d."
            .formatted(publishedTwice, deliveredTwice, coordinatorKills, answers));
    findings.forEach(finding -> lines.add("  " + finding));
    return lines;
  }

  /** For programs. */
  public Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agents", agents.size());
    map.put("languages", new ArrayList<>(languages()));
    map.put("skipped", skipped);
    map.put("operations", operations);
    map.put("events", expected.events());
    map.put("keys", expected.keys());
    map.put("agentKills", agents.stream().mapToInt(Row::kills).sum());
    map.put("cuts", agents.stream().mapToInt(Row::cuts).sum());
    map.put("partitions", agents.stream().mapToInt(Row::partitions).sum());
    map.put("coordinatorKills", coordinatorKills);
    map.put("publishedTwice", publishedTwice);
    map.put("deliveredTwice", deliveredTwice);
    map.put("answers", answers);
    map.put("agree", agents.stream().filter(Row::agrees).count());
    map.put("findings", findings);
    map.put("passed", passed());
    return map;
  }

  private TreeSet<String> languages() {
    TreeSet<String> languages = new TreeSet<>();
    agents.forEach(agent -> languages.add(agent.language()));
    return languages;
  }
}
