package dev.swarmlog.server.path.accept;

import dev.swarmlog.storage.OperationFailure;
import dev.swarmlog.v1.AgentFate;
import dev.swarmlog.v1.AgentLife;

/** What becomes of an operation that an agent refused. */
final class RefusedFate {

  private RefusedFate() {}

  static AgentFate of(OperationFailure failure) {
    return failure.parkedUnixNs() != 0 ? AgentFate.AGENT_FATE_PARKED : AgentFate.AGENT_FATE_RETRY;
  }

  static AgentLife.Builder tell(LifeSubject subject, OperationFailure failure) {
    return AgentLife.newBuilder()
        .setAttempts(failure.attempts())
        .setRetryAtUnixNano(failure.retryAtUnixNs())
        .setReleasedOpId(failure.releasedOpId())
        .setReason(reason(subject, failure));
  }

  private static String reason(LifeSubject subject, OperationFailure failure) {
    String said = failure.status().getMessage();
    String what;
    if (failure.parkedUnixNs() != 0) {
      what =
          "parked at "
              + LifeWords.time(failure.parkedUnixNs(), subject.nowUnixNs())
              + " after "
              + times(failure.attempts());
    } else if (failure.releasedOpId() != 0) {
      what =
          "refused after "
              + times(failure.attempts())
              + ", given again as "
              + Long.toUnsignedString(failure.releasedOpId())
              + ", and not acknowledged yet";
    } else {
      long leftNs = failure.retryAtUnixNs() - subject.nowUnixNs();
      what =
          "refused after "
              + times(failure.attempts())
              + ", comes again "
              + (leftNs > 0 ? "in " + LifeWords.duration(leftNs) : "now");
    }
    return said.isEmpty() ? what : what + ": " + said;
  }

  private static String times(int attempts) {
    return attempts == 1 ? "1 attempt" : attempts + " attempts";
  }
}
