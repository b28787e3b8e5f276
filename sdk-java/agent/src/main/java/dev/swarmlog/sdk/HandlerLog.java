package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.NackOrBuilder;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What the handler of a lane writes to the log of its program: what failed and what follows, of
 * each cause and what follows one a minute; and what was found of the state it holds. Owned by the
 * run under way.
 */
final class HandlerLog {
  private static final System.Logger LOG = System.getLogger(SwarmAgent.class.getName());

  private final String swarm;
  private final String agent;
  private final Log log;
  private final RepeatedFailures failures = new RepeatedFailures();

  HandlerLog(String swarm, String agent, Log log) {
    this.swarm = swarm;
    this.agent = agent;
    this.log = log;
  }

  /**
   * A handler threw.
   *
   * @param nack what the coordinator will be told; null if nothing
   */
  void failed(
      long opId,
      int tried,
      HandlerFailurePolicy.Decision decision,
      @Nullable NackOrBuilder nack,
      Throwable cause) {
    OptionalLong leftOut =
        failures.count(List.of(RepeatedFailures.place(cause), decision), System.nanoTime());
    boolean last = decision == HandlerFailurePolicy.Decision.STOP;
    if (leftOut.isEmpty() && !last) {
      return;
    }
    LOG.log(
        System.Logger.Level.WARNING,
        () ->
            "Handler of %s of %s failed at operation %d, attempt %d: %s, %s%s"
                .formatted(
                    Lanes.name(log),
                    AgentLog.name(swarm, agent),
                    opId,
                    tried,
                    decision,
                    follows(decision, nack),
                    RepeatedFailures.others(leftOut)),
        cause);
  }

  /** What a step found of the state that is held, if that is not as it should be. */
  void applied(LaneStep applied, PreparedStep done) {
    if (applied.content() instanceof LaneStep.Repaired repaired) {
      LOG.log(
          System.Logger.Level.WARNING,
          () ->
              "Expected %s to hold what the log holds, but it drifted: %s"
                  .formatted(
                      AgentLog.name(swarm, agent),
                      RepairReport.of(repaired.repair(), done.batch())));
    }
    if (done.unread() != null) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Expected the state source of %s to hand over what is held of %s, but it threw: nothing is compared until the next time"
              .formatted(AgentLog.name(swarm, agent), Lanes.name(log)),
          done.unread());
    }
  }

  private String follows(HandlerFailurePolicy.Decision decision, @Nullable NackOrBuilder nack) {
    return switch (decision) {
      case RETRY_AT_ONCE -> "tried again at once";
      case RETRY_LATER ->
          "given again in about %s, or parked if it has come too often: ./swarmlog parked list %s"
              .formatted(
                  Seconds.of(Duration.ofMillis(nack == null ? 0 : nack.getRetryAfterMs())), swarm);
      case PARK -> "to be parked: ./swarmlog parked list " + swarm;
      case RETRY -> "tried again within 30 s, and the lane waits for it";
      case SKIP -> "forgotten";
      case STOP -> "the agent stops";
    };
  }
}
