package dev.swarmlog.demo.checker;

import dev.swarmlog.demo.checker.Finding.Kind;
import dev.swarmlog.v1.Position;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Every operation that any file tells of, by operation ID. Used by one thread. */
final class Facts {
  private final Map<Long, Fact> byOpId = new TreeMap<>();
  private @Nullable Position history;

  /** The content of an operation as it was first heard of, which is this one if it is new. */
  Fact first(long opId, Fact fact) {
    Fact known = byOpId.putIfAbsent(opId, fact);
    return known == null ? fact : known;
  }

  Fact get(long opId) {
    Fact fact = byOpId.get(opId);
    if (fact == null) {
      throw new IllegalArgumentException(
          "Expected an operation that is known, but asked for " + opId);
    }
    return fact;
  }

  /** Ascending. */
  Set<Long> opIds() {
    return byOpId.keySet();
  }

  /** Checks that a position is of the same incarnation and epoch as all the others. */
  void belongsTo(Position position, String whose, Findings findings) {
    Position known = history;
    if (known == null) {
      history = position;
    } else if (known.getIncarnation() != position.getIncarnation()
        || known.getEpoch() != position.getEpoch()) {
      findings.add(
          Kind.FOREIGN_HISTORY,
          whose,
          position.getOpId(),
          "%s holds operation %,d of epoch %016x, but the others are of epoch %016x",
          whose,
          position.getOpId(),
          position.getEpoch(),
          known.getEpoch());
    }
  }

  /** Finds what was appended more than once, and assignments without a result. */
  void findUnmatched(Findings findings) {
    Map<String, Long> assignments = new HashMap<>();
    Map<String, Long> results = new HashMap<>();
    byOpId.forEach(
        (opId, fact) -> {
          if (fact.key().isEmpty()) {
            // A report of the coordinator.
            return;
          }
          Map<String, Long> kind = fact.isAssignment() ? assignments : results;
          Long before = kind.put(fact.key(), opId);
          if (before != null) {
            findings.add(
                Kind.APPLIED_TWICE,
                "",
                opId,
                "Operation %,d appends %s again, which is operation %,d",
                opId,
                fact.key(),
                before);
          }
        });
    assignments.forEach(
        (key, opId) -> {
          if (!results.containsKey(key)) {
            findings.add(Kind.UNANSWERED, "", opId, "Operation %,d (%s) has no result", opId, key);
          }
        });
  }
}
