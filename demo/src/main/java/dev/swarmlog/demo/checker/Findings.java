package dev.swarmlog.demo.checker;

import dev.swarmlog.demo.checker.Finding.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Findings as they come up: all counted by kind, the first of each kind kept. Used by one thread.
 */
final class Findings {
  private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
  private final List<Finding> kept = new ArrayList<>();

  void add(Kind kind, String agent, long opId, String format, Object... arguments) {
    long count = counts.merge(kind, 1L, Long::sum);
    if (count <= Verdict.MAX_FINDINGS) {
      kept.add(new Finding(kind, agent, opId, String.format(format, arguments)));
    }
  }

  long count(Kind kind) {
    return counts.getOrDefault(kind, 0L);
  }

  /** By kind, then in the order they came up. */
  List<Finding> first() {
    return kept.stream()
        .sorted(Comparator.comparing(Finding::kind))
        .limit(Verdict.MAX_FINDINGS)
        .toList();
  }
}
