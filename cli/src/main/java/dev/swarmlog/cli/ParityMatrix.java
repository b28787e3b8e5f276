package dev.swarmlog.cli;

import dev.swarmlog.conformance.CheckResult;
import dev.swarmlog.conformance.CheckResult.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What each SDK can do, as the suite found it: a table in Markdown, a row for each group of checks.
 * Not thread-safe.
 */
final class ParityMatrix {
  private final Map<String, Map<String, List<CheckResult>>> byLanguage = new LinkedHashMap<>();
  private final Set<String> groups = new LinkedHashSet<>();

  /** Adds what came of an SDK. */
  void add(String language, List<CheckResult> results) {
    Map<String, List<CheckResult>> ofGroup = new LinkedHashMap<>();
    for (CheckResult result : results) {
      groups.add(result.group());
      ofGroup.computeIfAbsent(result.group(), absent -> new ArrayList<>()).add(result);
    }
    byLanguage.put(language, ofGroup);
  }

  /** The lines of the table; groups in the order of their names. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("| | " + String.join(" | ", byLanguage.keySet()) + " |");
    lines.add("|---|" + "---|".repeat(byLanguage.size()));
    for (String group : groups.stream().sorted().toList()) {
      List<String> cells = new ArrayList<>();
      byLanguage
          .values()
          .forEach(ofGroup -> cells.add(cell(ofGroup.getOrDefault(group, List.of()))));
      lines.add("| " + group + " | " + String.join(" | ", cells) + " |");
    }
    return lines;
  }

  private static String cell(List<CheckResult> results) {
    long passed = results.stream().filter(ParityMatrix::isPassed).count();
    if (results.stream().allMatch(result -> result.verdict() == Verdict.SKIPPED)) {
      return "no";
    }
    return passed == results.size() ? "yes, " + passed : passed + " of " + results.size();
  }

  private static boolean isPassed(CheckResult result) {
    return result.verdict() == Verdict.PASSED || result.verdict() == Verdict.UNEXPECTED_PASS;
  }
}
