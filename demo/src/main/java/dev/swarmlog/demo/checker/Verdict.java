package dev.swarmlog.demo.checker;

import dev.swarmlog.demo.v1.SurveyResult;
import java.util.List;

/**
 * What the checker found.
 *
 * @param operations operations of {@code main} that were acknowledged or applied
 * @param acknowledged how many of them a publisher's list holds an ack for
 * @param lost (agent, operation) pairs that are missing, and assignments that nobody answered
 * @param appliedTwice repeated applications, over all agents
 * @param outOfOrder applications out of order, over all agents
 * @param converged whether all agents ended with the same table, and it is the one they report
 * @param tableDigest of the agents' common table, in hex; "" unless converged
 * @param findings the first of what is wrong, at most {@link #MAX_FINDINGS}; empty if and only if
 *     all is well
 * @param inFlight one for each kill asked about
 * @param table the last result of each file, by path
 */
public record Verdict(
    long operations,
    long acknowledged,
    long lost,
    long appliedTwice,
    long outOfOrder,
    boolean converged,
    String tableDigest,
    List<Finding> findings,
    List<InFlight> inFlight,
    List<SurveyResult> table) {
  /** Beyond, findings are counted only. */
  public static final int MAX_FINDINGS = 100;

  /**
   * What was under way at one moment.
   *
   * @param unacknowledged assignments that were sent and not yet acknowledged
   * @param unanswered assignments, those above included, whose result no agent had applied
   */
  public record InFlight(long unacknowledged, long unanswered) {}

  public Verdict {
    findings = List.copyOf(findings);
    inFlight = List.copyOf(inFlight);
    table = List.copyOf(table);
  }

  /** Nothing lost, nothing twice, nothing out of order, all digests agree, everything readable. */
  public boolean passed() {
    return lost == 0 && appliedTwice == 0 && outOfOrder == 0 && converged && findings.isEmpty();
  }
}
