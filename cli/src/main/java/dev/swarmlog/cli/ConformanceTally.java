package dev.swarmlog.cli;

import dev.swarmlog.conformance.CheckResult;
import dev.swarmlog.conformance.CheckResult.Verdict;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How many checks of an SDK ended how. Not thread-safe. */
final class ConformanceTally {
  private final String language;
  private final Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);

  private @Nullable String missing;

  ConformanceTally(String language) {
    this.language = language;
  }

  String language() {
    return language;
  }

  void add(CheckResult result) {
    counts.merge(result.verdict(), 1, Integer::sum);
  }

  /** The testee cannot run here: all of its checks are skipped. */
  void unavailable(int checks, String why) {
    counts.merge(Verdict.SKIPPED, checks, Integer::sum);
    missing = why;
  }

  /** Whether nothing failed that should not. */
  boolean isGood() {
    return count(Verdict.FAILED) == 0 && count(Verdict.UNEXPECTED_PASS) == 0;
  }

  List<String> row() {
    return List.of(
        language,
        Integer.toString(passed()),
        Integer.toString(count(Verdict.FAILED)),
        Integer.toString(count(Verdict.KNOWN_FAILURE)),
        Integer.toString(count(Verdict.SKIPPED)),
        Integer.toString(total()));
  }

  /** For the line that sums up. */
  Map<String, Object> summary() {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("passed", passed());
    summary.put("total", total());
    summary.put("skipped", count(Verdict.SKIPPED));
    summary.put("failed", count(Verdict.FAILED));
    summary.put("knownFailures", count(Verdict.KNOWN_FAILURE));
    summary.put("unexpectedPasses", count(Verdict.UNEXPECTED_PASS));
    if (missing != null) {
      summary.put("missing", missing);
    }
    return summary;
  }

  String progress() {
    return "%,d checks, %,d failed".formatted(total(), count(Verdict.FAILED));
  }

  private int passed() {
    return count(Verdict.PASSED) + count(Verdict.UNEXPECTED_PASS);
  }

  private int total() {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  private int count(Verdict verdict) {
    return counts.getOrDefault(verdict, 0);
  }
}
