package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.NackReply;
import io.grpc.Status;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AgentLogTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final String TARGET = "db:7400";

  private final ProgramLog program = new ProgramLog();
  private final AtomicLong nowNs = new AtomicLong();
  private final AgentLog log = new AgentLog("s", "a", TARGET, InstantSource.fixed(NOW), nowNs::get);

  @AfterEach
  void close() {
    program.close();
  }

  @Test
  void shouldSayOnceInAMinuteThatItIsNotConnectedAndOnceThatItIsAgain() {
    // when
    log.disconnected(connectionRefused(), Duration.ofMillis(300));
    log.disconnected(connectionRefused(), Duration.ofMillis(600));
    nowNs.addAndGet(RepeatedFailures.QUIET_NS);
    log.disconnected(connectionRefused(), Duration.ofSeconds(30));
    log.connected();
    log.connected();
    // then
    assertThat(program.lines())
        .containsExactly(
            "WARNING Not connected to db:7400, next try at 2026-01-01T00:00:00.300Z, in 0.3 s: agent 'a' of swarm 's': UNAVAILABLE: Expected to reach the coordinator at db:7400, but got: Connection refused",
            "WARNING Not connected to db:7400, next try at 2026-01-01T00:00:30Z, in 30.0 s: agent 'a' of swarm 's': UNAVAILABLE: Expected to reach the coordinator at db:7400, but got: Connection refused (and 1 times before, which were not logged)",
            "INFO Connected again to db:7400: agent 'a' of swarm 's'");
  }

  @Test
  void shouldSayNothingWhileAllIsWell() {
    // when
    log.connected();
    log.draining();
    log.disconnected(connectionRefused(), Duration.ofSeconds(1));
    log.connected();
    log.nackAnswered(nackReply(NackReply.Outcome.OUTCOME_RETRY));
    // then
    assertThat(program.lines()).isEmpty();
  }

  @Test
  void shouldTellCausesApart() {
    // when
    log.disconnected(connectionRefused(), Duration.ofSeconds(1));
    log.disconnected(Statuses.failure("OVERLOADED", 0).toRetryable(), Duration.ofSeconds(1));
    log.disconnected(Statuses.failure("BREAKER_OPEN", 0).toRetryable(), Duration.ofSeconds(300));
    // then
    assertThat(program.lines()).hasSize(3);
    assertThat(program.lines("OVERLOADED")).hasSize(1);
    assertThat(program.lines("BREAKER_OPEN"))
        .singleElement()
        .asString()
        .startsWith(
            "WARNING Not served by db:7400 until 2026-01-01T00:05:00Z, in 300.0 s: agent 'a' of swarm 's': BREAKER_OPEN: ");
  }

  @Test
  void shouldSayThatItHasStoppedThatItIsLeftAloneAndWhatIsParked() {
    // when
    log.refused(
        Failure.localRefusal(
                ErrorReason.ERROR_REASON_SESSION_SUPERSEDED, Status.Code.ABORTED, "A newer one.")
            .toTerminal());
    log.handlerHeld(Log.LOG_MAIN, Duration.ofMillis(5_300));
    log.nackAnswered(nackReply(NackReply.Outcome.OUTCOME_PARKED));
    log.nackAnswered(nackReply(NackReply.Outcome.OUTCOME_PARKED));
    // then
    assertThat(program.lines())
        .containsExactly(
            "WARNING Stopped for good: agent 'a' of swarm 's': SESSION_SUPERSEDED: A newer one. A newer session of this agent exists: run one instance of it.",
            "WARNING Handler of main of agent 'a' of swarm 's' fails at nearly everything: left alone for 5.3 s, then one operation is tried",
            "WARNING Parked: operation 7 of main, which agent 'a' of swarm 's' could not apply; see ./swarmlog parked list s");
  }

  private static RetryableException connectionRefused() {
    return Failure.of(
            Status.UNAVAILABLE
                .withDescription("io exception")
                .withCause(new ConnectException("Connection refused"))
                .asRuntimeException(),
            TARGET)
        .toRetryable();
  }

  private static NackReply nackReply(NackReply.Outcome outcome) {
    return NackReply.newBuilder().setLog(Log.LOG_MAIN).setOpId(7).setOutcome(outcome).build();
  }
}
