package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.coordinator.Lane;
import dev.swarmlog.conformance.coordinator.Session;
import dev.swarmlog.conformance.coordinator.Statuses;
import dev.swarmlog.conformance.log.Catchup;
import dev.swarmlog.conformance.log.Fold;
import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.conformance.testee.TesteeException;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Limits;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Welcome;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator that serves as it should: answers Hello with a plan, hands out what is missing,
 * then what is appended, and takes every Nack. Used by the step "serve", and where a cut has made
 * the rest of a case void. Belongs to the thread that runs the case.
 */
final class Serving {
  /** Often enough for what waits for heartbeats, seldom enough not to be counted among frames. */
  static final int HEARTBEAT_INTERVAL_MS = 60_000;

  private static final long ALL_CAPABILITIES = 7;

  private interface Work {
    void run() throws TesteeException;
  }

  private static final Work DONE = () -> {};

  private final Stage stage;
  private final Map<Session, Map<Log, Catchup>> plans = new HashMap<>();
  private final Set<Lane> served = new HashSet<>();

  Serving(Stage stage) {
    this.stage = stage;
  }

  static Limits.Builder limits() {
    return Limits.newBuilder()
        .setMaxPayloadBytes(1 << 20)
        .setMaxKeyBytes(512)
        .setMaxGroupRecords(1_000)
        .setMaxGroupBytes(4 << 20)
        .setMaxUnacknowledgedOperations(10_000)
        .setMaxDeliveryBytes(1 << 20)
        .setDedupeWindow(1_024)
        .setIdempotencyTtlMs(60_000);
  }

  static Welcome.Builder welcome(long offered) {
    return Welcome.newBuilder()
        .setProtocol(1)
        .setCapabilities(offered & ALL_CAPABILITIES)
        .setLimits(limits())
        .setPrincipal("local")
        .setOwner("conformance")
        .setServerVersion("conformance")
        .setHeartbeatIntervalMs(HEARTBEAT_INTERVAL_MS);
  }

  /** Serves until something is so. */
  void until(String what, BooleanSupplier isSo) throws CaseFailure, Cut, TesteeException {
    while (true) {
      Work work = stage.scene.await(what, () -> isSo.getAsBoolean() ? DONE : next());
      if (work == DONE) {
        return;
      }
      work.run();
    }
  }

  private @Nullable Work next() {
    Session opened = stage.newSession();
    if (opened != null) {
      return () -> welcome(opened);
    }
    if (stage.isRefused() && stage.played().afterCut() == null) {
      return this::startAgain;
    }
    // What a connection sent that is gone may come late: its session looks open for a while.
    for (Session session : stage.openSessions()) {
      Work work = next(session);
      if (work != null) {
        return work;
      }
    }
    return null;
  }

  private @Nullable Work next(Session session) {
    if (session.welcomed() == null) {
      return () -> welcome(session);
    }
    Nack nack = session.nacks().poll();
    if (nack != null) {
      return () -> take(session, nack);
    }
    for (Lane lane : session.lanes()) {
      if (lane.log() != Log.LOG_TELEMETRY && !lane.isEnded() && hasMore(lane)) {
        return () -> serve(lane);
      }
    }
    return null;
  }

  private boolean hasMore(Lane lane) {
    return !served.contains(lane) || lane.sentTo() < stage.log.head(lane.log());
  }

  /** What stopped for good when the case was cut is started by its user. */
  private void startAgain() throws TesteeException {
    stage.stop();
    stage.start(stage.settings());
  }

  /** Answers Hello. */
  void welcome(Session opened) {
    stage.taken(opened);
    String refusal = stage.scene.isCut() ? stage.played().afterCut() : null;
    if (refusal != null) {
      opened.end(Statuses.of(refusal, 0, Map.of()));
      return;
    }
    Welcome.Builder welcome = welcome(opened.hello().getCapabilities());
    Map<Log, Catchup> ofSession = new HashMap<>();
    stage.scene.change(
        () -> {
          for (Log which : stage.settings().logs()) {
            List<Scope> scopes = stage.settings().scopes(which);
            Catchup catchup =
                Catchup.of(stage.log, which, scopes, Conduct.resumeOf(opened.hello(), which));
            ofSession.put(which, catchup);
            welcome.addPlans(catchup.plan());
            excuseEventsBefore(catchup.plan());
          }
          plans.put(opened, ofSession);
          stage.scene.tell("coordinator: Welcome");
          opened.welcome(welcome);
        });
  }

  /** Events of scopes that were added to a view begin at the target. */
  private void excuseEventsBefore(LogPlan plan) {
    if (plan.getPlan() == dev.swarmlog.v1.Plan.PLAN_DELTA) {
      stage
          .log
          .between(plan.getLog(), 0, plan.getTarget().getOpId(), plan.getSnapshotScopesList())
          .stream()
          .filter(operation -> operation.getKey().isEmpty())
          .forEach(operation -> stage.effects.excuse(plan.getLog(), operation.getOpId()));
    }
  }

  private void serve(Lane lane) {
    if (served.add(lane)) {
      Catchup catchup = plans.getOrDefault(lane.session(), Map.of()).get(lane.log());
      if (catchup != null && syncs(lane.session())) {
        catchup.frames().forEach(frame -> stage.send(lane, frame));
      } else if (lane.sent().stream().noneMatch(DataResponse::hasCaughtUp)) {
        finish(lane);
      }
    }
    live(lane, stage.log.head(lane.log()));
  }

  /**
   * The plan was the case's, or the agent does not sync: every operation comes that is missing,
   * then the receipt for who syncs.
   */
  private void finish(Lane lane) {
    LogPlan plan = lane.session().plan(lane.log());
    if (plan != null) {
      live(lane, plan.getTarget().getOpId());
      if (syncs(lane.session())) {
        stage.send(
            lane,
            DataResponse.newBuilder()
                .setReceipt(
                    Catchup.receipt(
                            stage.log, lane.log(), plan.getTarget().getOpId(), plan.getScopesList())
                        .setSentCount(
                            lane.sent().stream()
                                .mapToInt(frame -> Conduct.operations(frame).size())
                                .sum()))
                .build());
      }
      stage.send(
          lane,
          DataResponse.newBuilder()
              .setCaughtUp(CaughtUp.newBuilder().setPosition(plan.getTarget()))
              .build());
    }
  }

  /** Hands out what comes up to there, every operation of it. */
  void live(Lane lane, long to) {
    if (lane.sentTo() >= to) {
      return;
    }
    List<Operation> operations =
        stage.log.between(lane.log(), lane.sentTo(), to, stage.settings().scopes(lane.log()));
    stage.send(
        lane,
        DataResponse.newBuilder()
            .setDelivery(
                Delivery.newBuilder()
                    .setFromOpId(lane.sentTo())
                    .setTo(stage.log.position(lane.log(), to))
                    .addAllOperations(operations))
            .build());
  }

  /** It is parked, whatever was asked for: received, and nothing more comes of it. */
  private void take(Session session, Nack nack) {
    stage.scene.change(
        () -> {
          stage.effects.excuse(nack.getLog(), nack.getOpId());
          stage.scene.tell("coordinator: NackReply %d parked".formatted(nack.getOpId()));
          session.reply(
              NackReply.newBuilder()
                  .setLog(nack.getLog())
                  .setOpId(nack.getOpId())
                  .setOutcome(NackReply.Outcome.OUTCOME_PARKED)
                  .setAttempts(1)
                  .build());
        });
  }

  /** Whether deltas, pages and receipts may be sent. */
  static boolean syncs(Session session) {
    Welcome welcome = session.welcomed();
    return welcome != null && (welcome.getCapabilities() & Capability.CAPABILITY_SYNC_VALUE) != 0;
  }

  /** Scopes by what cases call them. */
  static String names(List<Scope> scopes) {
    return String.join(" ", scopes.stream().sorted(Fold.SCOPES).map(Notation::text).toList());
  }
}
