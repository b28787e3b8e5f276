package dev.swarmlog.conformance;

import java.util.List;

/**
 * What came of one check.
 *
 * @param check its name: "case NAME", "case NAME, cut at every border", "vector KIND: NAME"
 * @param group what it is about: a row of the parity matrix
 * @param about what must hold
 * @param why for people to read: what was expected, and what came; empty if it passed
 * @param story what happened before it failed, line by line
 */
public record CheckResult(
    String check, String group, String about, Verdict verdict, String why, List<String> story) {

  /** How a check ended. */
  public enum Verdict {
    PASSED,
    FAILED,
    /** The SDK says that it cannot do that. */
    SKIPPED,
    /** It failed, as known-failures says. */
    KNOWN_FAILURE,
    /** It passed, and known-failures says that it does not. */
    UNEXPECTED_PASS
  }
}
