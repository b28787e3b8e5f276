package dev.swarmlog.conformance.cases;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.swarmlog.conformance.coordinator.Statuses;
import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.conformance.v1.AgentEvent;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Steps in which something goes wrong. */
final class FaultSteps {
  private FaultSteps() {}

  /**
   * Something breaks.
   *
   * @param what "connection": all of them, without a word; "control", or a lane: that stream, with
   *     UNAVAILABLE
   */
  record Drop(String what) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      stage.scene.change(() -> stage.scene.tell("-- drop " + what));
      StatusRuntimeException unavailable =
          Status.UNAVAILABLE.withDescription("the case drops it").asRuntimeException();
      switch (what) {
        case "connection" -> stage.link().drop();
        case "control" -> stage.session().end(unavailable);
        default -> stage.lane(what).end(unavailable);
      }
    }
  }

  /**
   * A stream ends with an error of the coordinator.
   *
   * @param on "control" (default) or a lane
   */
  record Ends(
      String reason,
      @Nullable String on,
      @JsonProperty("retry_after_ms") int retryAfterMs,
      @Nullable Map<String, String> metadata)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      StatusRuntimeException status =
          Statuses.of(reason, retryAfterMs, metadata == null ? Map.of() : metadata);
      stage.scene.change(() -> stage.scene.tell("coordinator: ends with " + reason));
      if (on == null || on.equals("control")) {
        stage.session().end(status);
      } else {
        stage.lane(on).end(status);
      }
    }
  }

  /** Another coordinator owns the swarm now: the session ends with NOT_OWNER. */
  record Redirect() implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      stage.replaceCoordinator();
      new Ends(
              "NOT_OWNER", "control", 0, Map.of("owner", "127.0.0.1:" + stage.coordinator().port()))
          .run(stage);
    }
  }

  /** The coordinator's side of HTTP/2 takes no new streams; another one takes connections. */
  record Goaway() implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure {
      stage.scene.change(() -> stage.scene.tell("coordinator: GOAWAY"));
      stage.replaceCoordinator();
    }
  }

  /** The coordinator is there, but does nothing any more: no heartbeat is answered. */
  record Stall() implements Step {
    @Override
    public void run(Stage stage) {
      stage.coordinator().answersHeartbeats(false);
    }
  }

  /** It does again. */
  record Unstall() implements Step {
    @Override
    public void run(Stage stage) {
      stage.coordinator().answersHeartbeats(true);
    }
  }

  /** The coordinator's clock is ahead of the agent's by so much. */
  record ClockSkew(int ms) implements Step {
    @Override
    public void run(Stage stage) {
      stage.coordinator().clockSkewNs(ms * 1_000_000L);
    }
  }

  /** The agent's process is killed. "start" starts it again. */
  record Kill() implements Step {
    @Override
    public void run(Stage stage) {
      stage.kill();
    }
  }

  /**
   * The agent says when it comes again, and does not come before.
   *
   * @param leastMs not sooner
   * @param mostMs not later, in what it says
   */
  record ComesAgain(@JsonProperty("least_ms") long leastMs, @JsonProperty("most_ms") long mostMs)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      AgentEvent told =
          stage.event(AgentEvent.EventCase.DISCONNECTED, "the agent to say that it comes again");
      long toldNs = told.getDisconnected().getRetryInNs();
      long heardNs = System.nanoTime();
      if (toldNs < leastMs * 1_000_000L || toldNs > mostMs * 1_000_000L) {
        throw stage.scene.failure(
            "Expected it to come again after %d to %d ms, but it says %.3f ms"
                .formatted(leastMs, mostMs, toldNs / 1e6));
      }
      stage.scene.await("Hello of the agent", () -> stage.hasNewSession() ? stage : null);
      long tookNs = System.nanoTime() - heardNs;
      if (tookNs < leastMs * 1_000_000L / 2) {
        throw stage.scene.failure(
            "Expected Hello not before %d ms, but it came after %.3f ms"
                .formatted(leastMs, tookNs / 1e6));
      }
    }
  }
}
