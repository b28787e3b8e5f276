package dev.swarmlog.sdk;

import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Position;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What an agent writes to the log of its program, also where nobody listens to it: that it is not
 * connected and why, that it is again, that it has stopped for good, that its handler is left
 * alone. Silent while all is well. Called one call at a time, by the session's steps.
 */
final class AgentLog {
  private static final System.Logger LOG = System.getLogger(SwarmAgent.class.getName());

  private final String swarm;
  private final String agent;
  private final String target;
  private final InstantSource clock;
  private final LongSupplier nowNs;
  private final RepeatedFailures failures = new RepeatedFailures();
  private boolean draining;
  // Since it was connected last a line said that it is not.
  private boolean saidDisconnected;

  private record Cause(ErrorReason reason, io.grpc.Status.Code code, @Nullable Class<?> root) {}

  /**
   * @param target the coordinator's address, as the connection was given it
   * @param nowNs a clock that never goes back
   */
  AgentLog(String swarm, String agent, String target, InstantSource clock, LongSupplier nowNs) {
    this.swarm = swarm;
    this.agent = agent;
    this.target = target;
    this.clock = clock;
    this.nowNs = nowNs;
  }

  /** The agent as lines of the log name it. */
  static String name(String swarm, String agent) {
    return "agent '%s' of swarm '%s'".formatted(agent, swarm);
  }

  void connected() {
    draining = false;
    if (saidDisconnected) {
      saidDisconnected = false;
      LOG.log(
          System.Logger.Level.INFO,
          () -> "Connected again to %s: %s".formatted(target, name(swarm, agent)));
    }
  }

  /** The next end of the session is one that the coordinator asked for. */
  void draining() {
    draining = true;
  }

  void disconnected(RetryableException why, Duration retryIn) {
    if (draining) {
      draining = false;
      return;
    }
    OptionalLong leftOut = failures.count(causeOf(why.failure()), nowNs.getAsLong());
    if (leftOut.isEmpty()) {
      return;
    }
    saidDisconnected = true;
    Instant until = clock.instant().plus(retryIn).truncatedTo(ChronoUnit.MILLIS);
    boolean held = why.reason() == ErrorReason.ERROR_REASON_BREAKER_OPEN;
    warn(
        (held
                ? "Not served by %s until %s, in %s: %s: %s%s"
                : "Not connected to %s, next try at %s, in %s: %s: %s%s")
            .formatted(
                target,
                until,
                Seconds.of(retryIn),
                name(swarm, agent),
                why.getMessage(),
                RepeatedFailures.others(leftOut)));
  }

  void refused(TerminalException why) {
    warn("Stopped for good: %s: %s".formatted(name(swarm, agent), why.getMessage()));
  }

  void parted(Position applied, Optional<Position> fork) {
    warn(
        "Applied what the coordinator has lost: %s stood at operation %d of %s, %s: what the rest did has to be looked at"
            .formatted(
                name(swarm, agent),
                applied.getOpId(),
                Lanes.name(applied.getLog()),
                fork.map(
                        shared -> "of which the log has those up to %d".formatted(shared.getOpId()))
                    .orElse("which is of another history of the log")));
  }

  void handlerHeld(Log log, Duration retryIn) {
    warn(
        "Handler of %s of %s fails at nearly everything: left alone for %s, then one operation is tried"
            .formatted(Lanes.name(log), name(swarm, agent), Seconds.of(retryIn)));
  }

  void nackAnswered(NackReply reply) {
    if (reply.getOutcome() != NackReply.Outcome.OUTCOME_PARKED) {
      return;
    }
    OptionalLong leftOut = failures.count(reply.getOutcome(), nowNs.getAsLong());
    if (leftOut.isPresent()) {
      warn(
          "Parked: operation %d of %s, which %s could not apply; see ./swarmlog parked list %s%s"
              .formatted(
                  reply.getOpId(),
                  Lanes.name(reply.getLog()),
                  name(swarm, agent),
                  swarm,
                  RepeatedFailures.others(leftOut)));
    }
  }

  private static void warn(String line) {
    LOG.log(System.Logger.Level.WARNING, line);
  }

  /** What failures have in common of which one a minute is enough. */
  static Object causeOf(Failure why) {
    Throwable root = Failure.rootCause(why.cause());
    return new Cause(why.reason(), why.code(), root == null ? null : root.getClass());
  }
}
