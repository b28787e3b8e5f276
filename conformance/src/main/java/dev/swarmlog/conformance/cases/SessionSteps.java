package dev.swarmlog.conformance.cases;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.swarmlog.conformance.coordinator.Session;
import dev.swarmlog.conformance.coordinator.Statuses;
import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.conformance.testee.TesteeException;
import dev.swarmlog.conformance.v1.AgentEvent;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Welcome;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Steps on the Control stream, and what starts and ends agents. */
final class SessionSteps {
  private SessionSteps() {}

  /**
   * The agent starts; in a new process if the one before was killed. The cursor store is the one it
   * had before.
   */
  record Start(@Nullable List<String> view, @Nullable List<String> roles) implements Step {
    @Override
    public void run(Stage stage) throws TesteeException {
      stage.start(stage.settings().changed(view, roles));
    }
  }

  /** The agent is closed: it finishes what handlers hold. */
  record Stop() implements Step {
    @Override
    public void run(Stage stage) throws TesteeException {
      stage.stop();
    }
  }

  /**
   * An agent says Hello, and says this of where it stands.
   *
   * @param main as {@link Notation#text(LogResume)} writes it, or several of those with " | "
   *     between; "nothing" where it must say nothing of the log; null: whatever it says
   * @param control the same
   * @param claimsSums whether it presents sums of main; null: either
   */
  record Hello(
      @Nullable String main,
      @Nullable String control,
      @JsonProperty("claims_sums") @Nullable Boolean claimsSums)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Session opened = stage.takeSession();
      stage.scene.change(
          () -> {
            compare(stage, opened, Log.LOG_MAIN, main);
            compare(stage, opened, Log.LOG_CONTROL, control);
            LogResume resume = Conduct.resumeOf(opened.hello(), Log.LOG_MAIN);
            boolean claims = resume != null && resume.getSumsCount() > 0;
            if (claimsSums != null && claims != claimsSums) {
              stage.scene.violation(
                  "Expected Hello %s sums".formatted(claimsSums ? "to present" : "not to present"));
            }
          });
      stage.scene.verify();
    }

    private static void compare(Stage stage, Session opened, Log which, @Nullable String expected) {
      LogResume resume = Conduct.resumeOf(opened.hello(), which);
      String stated = resume == null ? "nothing" : Notation.text(resume);
      if (expected != null && !accepted(opened, expected).contains(stated)) {
        stage.scene.violation(
            "Expected Hello to say of %s \"%s\", but it says \"%s\""
                .formatted(Notation.text(which), expected, stated));
      }
    }

    /** An agent that does not sync says where it stands, and nothing else. */
    private static List<String> accepted(Session opened, String expected) {
      boolean syncs =
          (opened.hello().getCapabilities() & dev.swarmlog.v1.Capability.CAPABILITY_SYNC_VALUE)
              != 0;
      return Arrays.stream(expected.split(" \\| "))
          .map(text -> syncs ? text : text.split(",", 2)[0])
          .toList();
    }
  }

  /**
   * Answers Hello.
   *
   * @param main how main is to be caught up with; absent logs of the view as {@link Plans} has it
   * @param heartbeatMs how often heartbeats shall come
   * @param driftMs Limits.drift_check_interval_ms
   * @param capabilities of those offered: sync, drift, nack; null: all
   * @param choosesTraced Welcome.chooses_traced
   */
  record Welcomed(
      @Nullable PlanText main,
      @Nullable PlanText control,
      @JsonProperty("heartbeat_ms") @Nullable Integer heartbeatMs,
      @JsonProperty("drift_ms") @Nullable Integer driftMs,
      @Nullable List<String> capabilities,
      @JsonProperty("chooses_traced") boolean choosesTraced)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Session session = stage.session();
      Welcome.Builder welcome =
          Serving.welcome(session.hello().getCapabilities())
              .setChoosesTraced(choosesTraced)
              .setHeartbeatIntervalMs(
                  heartbeatMs == null ? Serving.HEARTBEAT_INTERVAL_MS : heartbeatMs);
      if (driftMs != null) {
        welcome.setLimits(Serving.limits().setDriftCheckIntervalMs(driftMs));
      }
      if (capabilities != null) {
        long accepted = capabilities.stream().mapToLong(Welcomed::bit).reduce(0, (a, b) -> a | b);
        welcome.setCapabilities(welcome.getCapabilities() & accepted);
      }
      stage.scene.change(
          () -> {
            for (Log which : stage.settings().logs()) {
              PlanText plan = which == Log.LOG_MAIN ? main : control;
              welcome.addPlans(
                  (plan == null ? PlanText.standard() : plan).plan(stage, which, session.hello()));
            }
            stage.scene.tell("coordinator: Welcome");
            session.welcome(welcome);
          });
    }

    private static long bit(String capability) {
      return dev.swarmlog.v1.Capability.valueOf("CAPABILITY_" + capability.toUpperCase(Locale.ROOT))
          .getNumber();
    }
  }

  /** So many more heartbeats come. */
  record Heartbeats(int more) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Session session = stage.session();
      int before = stage.scene.look(() -> session.heartbeats().size());
      stage.scene.await(
          more + " more heartbeats",
          () -> session.heartbeats().size() >= before + more ? session : null);
    }
  }

  /**
   * A heartbeat says how far the coordinator's clock is ahead: so much, give or take what it says
   * itself.
   */
  record ClockOffset(int ms) implements Step {
    // The coordinator's clock is read in milliseconds.
    private static final long RESOLUTION_NS = 2_000_000;

    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Session session = stage.session();
      stage.scene.await(
          "a heartbeat that says the clock is %d ms ahead".formatted(ms),
          () -> session.heartbeats().stream().anyMatch(this::agrees) ? session : null);
    }

    private boolean agrees(Heartbeat heartbeat) {
      return heartbeat.hasClockOffsetNano()
          && heartbeat.hasClockUncertaintyNano()
          && Math.abs(heartbeat.getClockOffsetNano() - ms * 1_000_000L)
              <= heartbeat.getClockUncertaintyNano() + RESOLUTION_NS;
    }
  }

  /**
   * A heartbeat says exactly this of what the agent was sent.
   *
   * @param ignoredDuplicates operations that it had applied before
   * @param outOfOrder frames that did not follow on what it had
   */
  record Counted(
      @JsonProperty("ignored_duplicates") long ignoredDuplicates,
      @JsonProperty("out_of_order") long outOfOrder)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Session session = stage.session();
      stage.scene.await(
          "a heartbeat that counts %d duplicates and %d frames out of order"
              .formatted(ignoredDuplicates, outOfOrder),
          () -> session.heartbeats().stream().anyMatch(this::agrees) ? session : null);
    }

    private boolean agrees(Heartbeat heartbeat) {
      return heartbeat.getIgnoredDuplicates() == ignoredDuplicates
          && heartbeat.getOutOfOrder() == outOfOrder;
    }
  }

  /** A heartbeat says that a handler has been running for so long, or longer. */
  record HandlerRunning(@JsonProperty("least_ms") long leastMs) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Session session = stage.session();
      stage.scene.await(
          "a heartbeat that says a handler runs for %d ms".formatted(leastMs),
          () ->
              session.heartbeats().stream().anyMatch(one -> one.getHandlerRunningMs() >= leastMs)
                  ? session
                  : null);
    }
  }

  /** The coordinator is about to go. */
  record Drain(@JsonProperty("reconnect_after_ms") int reconnectAfterMs) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure {
      stage
          .session()
          .send(
              ControlResponse.newBuilder()
                  .setDrain(
                      dev.swarmlog.v1.Drain.newBuilder()
                          .setReason("the case says so")
                          .setReconnectAfterMs(reconnectAfterMs))
                  .build());
    }
  }

  /** The agent ends its session. */
  record SessionEnds() implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Session session = stage.session();
      stage.scene.await("the end of the session", () -> session.isEnded() ? session : null);
    }
  }

  /** A Nack comes: retry, park or skip. */
  record Nacked(long op, String reaction, @Nullable String log) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Session session = stage.session();
      Nack nack = stage.scene.await("a Nack of operation " + op, () -> session.nacks().poll());
      String expected = "REACTION_" + reaction.toUpperCase(Locale.ROOT);
      if (nack.getOpId() != op
          || !nack.getReaction().name().equals(expected)
          || nack.getLog() != Notation.log(log == null ? "main" : log)) {
        throw stage.scene.failure(
            "Expected a Nack of %d that says %s, but got %s".formatted(op, expected, nack));
      }
      if (nack.getReaction() == Nack.Reaction.REACTION_RETRY && nack.getRetryAfterMs() == 0) {
        throw stage.scene.failure("Expected a Nack that says when to retry, but it says at once");
      }
    }
  }

  /**
   * The answer to a Nack.
   *
   * @param outcome retry, parked, skipped, superseded or refused
   * @param reason with refused
   */
  record NackReplied(
      long op,
      String outcome,
      @Nullable String log,
      @Nullable String reason,
      @JsonProperty("retry_after_ms") int retryAfterMs)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure {
      Session session = stage.session();
      Log which = Notation.log(log == null ? "main" : log);
      NackReply.Builder reply =
          NackReply.newBuilder()
              .setLog(which)
              .setOpId(op)
              .setAttempts(1)
              .setOutcome(NackReply.Outcome.valueOf("OUTCOME_" + outcome.toUpperCase(Locale.ROOT)));
      if (reason != null) {
        reply.setStatus(Statuses.status(reason, retryAfterMs, Map.of()));
      }
      stage.scene.change(
          () -> {
            if (reply.getOutcome() != NackReply.Outcome.OUTCOME_REFUSED) {
              stage.effects.excuse(which, op);
            }
            session.reply(reply.build());
          });
    }
  }

  /** The agent stops for good, and says why. */
  record Refused(String reason) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      AgentEvent event = stage.event(AgentEvent.EventCase.REFUSED, "the agent to stop for good");
      if (!event.getRefused().getReason().equals(reason)) {
        throw stage.scene.failure(
            "Expected the agent to stop because of %s, but it says %s"
                .formatted(reason, event.getRefused()));
      }
      if (event.getRefused().getRetryable()) {
        throw stage.scene.failure("Expected a failure that no retry mends, but it says it would");
      }
    }
  }

  /** The agent tells of an event: connected, caught_up, draining, lost, drifted, nack_answered. */
  record Told(String event) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      stage.event(
          AgentEvent.EventCase.valueOf(event.toUpperCase(Locale.ROOT)),
          "the agent to tell: " + event);
    }
  }

  /**
   * The agent tells how a sync ended.
   *
   * @param agrees whether what it holds is what the receipt says
   * @param exact null: either
   * @param redundant operations that changed nothing; null: any
   */
  record Synced(boolean agrees, @Nullable Boolean exact, @Nullable Long redundant) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      dev.swarmlog.conformance.v1.SyncReport report =
          stage
              .event(AgentEvent.EventCase.SYNCED, "the agent to tell how its sync ended")
              .getSynced();
      if (report.getAgrees() != agrees
          || (exact != null && report.getExact() != exact)
          || (redundant != null && report.getRedundantCount() != redundant)) {
        throw stage.scene.failure(
            "Expected a sync that %s, but the agent says %s"
                .formatted(agrees ? "agrees" : "differs", report));
      }
    }
  }
}
