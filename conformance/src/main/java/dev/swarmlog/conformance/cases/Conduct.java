package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.coordinator.Lane;
import dev.swarmlog.conformance.coordinator.Producer;
import dev.swarmlog.conformance.coordinator.Session;
import dev.swarmlog.conformance.coordinator.Watcher;
import dev.swarmlog.conformance.log.Fold;
import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.log.SwarmLog;
import dev.swarmlog.conformance.scene.Scene;
import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of an agent in every case, whatever happens: an ack never goes before its effect,
 * nor beyond what was sent; a cursor never goes back; where a sync was interrupted, Hello says so;
 * sums are those of the log. Told of everything within the scene's lock.
 */
final class Conduct implements Watcher {
  private final Scene scene;
  private final SwarmLog log;
  private final Effects effects;
  private final Map<Log, Long> acked = new EnumMap<>(Log.class);
  // The last plan that a lane was attached with.
  private final Map<Log, Lane> lastLane = new EnumMap<>(Log.class);
  // Where the agent said it has caught up, since the lane was attached.
  private final Map<Log, Long> caughtUp = new EnumMap<>(Log.class);
  private AgentSettings agent;
  private @Nullable String instance;
  private boolean checksSums = true;
  private long lastHeartbeat;

  Conduct(Scene scene, SwarmLog log, AgentSettings agent, Effects effects) {
    this.scene = scene;
    this.log = log;
    this.agent = agent;
    this.effects = effects;
  }

  /** The agent is started, perhaps again, perhaps with another view. */
  void started(AgentSettings settings) {
    agent = settings;
    instance = null;
    lastHeartbeat = 0;
    if (!settings.isDurable()) {
      acked.clear();
    }
    lastLane.clear();
    caughtUp.clear();
  }

  /** The case tells the agent something else than the log has: its sums are its own. */
  void ignoreSums() {
    checksSums = false;
  }

  /** The log is of another history now: what was acknowledged of the old one is void. */
  void historyReplaced() {
    acked.clear();
    lastLane.clear();
    caughtUp.clear();
    effects.historyReplaced();
  }

  /** The end of main is lost, and with it what was acknowledged of that. */
  void lostAbove(long mainOpId) {
    acked.computeIfPresent(Log.LOG_MAIN, (log, opId) -> Math.min(opId, mainOpId));
    lastLane.clear();
    caughtUp.clear();
    effects.lostAbove(mainOpId);
  }

  /** Up to where a log is acknowledged; 0 if nothing is. */
  long acked(Log which) {
    return acked.getOrDefault(which, 0L);
  }

  @Override
  public void hello(Session session) {
    Hello hello = session.hello();
    scene.tell("agent: Hello " + describe(hello));
    expect(
        hello.getSwarm().equals(Stage.SWARM) && hello.getAgent().equals(Notation.AGENT),
        "Expected Hello of %s in %s, but it says %s in %s"
            .formatted(Notation.AGENT, Stage.SWARM, hello.getAgent(), hello.getSwarm()));
    expect(
        hello.getProtocolMin() <= 1 && hello.getProtocolMax() >= 1,
        "Expected Hello to offer protocol 1, but it offers %d to %d"
            .formatted(hello.getProtocolMin(), hello.getProtocolMax()));
    expect(
        hello.getView().equals(Notation.view(agent.viewOrDefault())),
        "Expected Hello to declare the view it was given, but it says " + hello.getView());
    expect(
        List.copyOf(hello.getRolesList()).equals(agent.rolesOrNone()),
        "Expected Hello to name the roles %s, but it names %s"
            .formatted(agent.rolesOrNone(), hello.getRolesList()));
    expect(
        !hello.getInstance().isEmpty()
            && (instance == null || instance.equals(hello.getInstance())),
        "Expected Hello of one running agent to name the same instance each time, but it says \"%s\" after \"%s\""
            .formatted(hello.getInstance(), instance));
    instance = hello.getInstance();
    for (Log which : agent.logs()) {
      LogResume resume = resumeOf(hello, which);
      if (resume == null) {
        expect(
            acked(which) == 0,
            "Expected Hello to say where the agent stands in %s, since it acknowledged %d, but it says nothing"
                .formatted(Notation.text(which), acked(which)));
      } else if (isOfThisHistory(resume.getPosition())) {
        resumed(which, resume);
      }
    }
  }

  static @Nullable LogResume resumeOf(Hello hello, Log which) {
    return hello.getResumeList().stream()
        .filter(resume -> resume.getPosition().getLog() == which)
        .findFirst()
        .orElse(null);
  }

  private void resumed(Log which, LogResume resume) {
    long at = resume.getPosition().getOpId();
    String where = Notation.text(which);
    expect(
        at >= acked(which),
        "Expected Hello to say at least %s %d, which was acknowledged, but it says %d"
            .formatted(where, acked(which), at));
    expect(
        at <= log.head(which) && resume.getPosition().equals(log.position(which, at)),
        "Expected Hello to give a position of %s back as it was received, but it says %s"
            .formatted(where, resume.getPosition()));
    String missing = effects.missing(which, at);
    expect(
        missing == null,
        "Expected Hello to say %s %d only when everything up to there took effect, but not so %s"
            .formatted(where, at, missing));
    if (resume.hasTriple()) {
      ResumeTriple triple = resume.getTriple();
      expect(
          triple.getBaseOpId() <= at
              && triple.getCursorOpId() == at
              && triple.getTargetOpId() >= at,
          "Expected base <= cursor = position <= target in Hello, but it says "
              + Notation.text(resume));
    }
    interrupted(which, resume);
    sums(which, at, resume.getSumsList());
  }

  /** A delta that stopped in its middle must be presented as such. */
  private void interrupted(Log which, LogResume resume) {
    Lane last = lastLane.get(which);
    LogPlan plan = last == null ? null : last.session().plan(which);
    if (last == null
        || plan == null
        || plan.getPlan() != Plan.PLAN_DELTA
        || last.sent().stream().anyMatch(DataResponse::hasFellBehind)) {
      return;
    }
    long at = resume.getPosition().getOpId();
    boolean within =
        at < plan.getTarget().getOpId()
            && !resume.hasSnapshot()
            && effects.hasBegunWithin(which, plan.getStart().getOpId(), at);
    ResumeTriple triple = resume.getTriple();
    expect(
        !within
            || (resume.hasTriple()
                && triple.getTargetOpId() == plan.getTarget().getOpId()
                && (!triple.getExact()
                    || (plan.getExact() && triple.getBaseOpId() == plan.getBaseOpId()))),
        "Expected Hello to say that a delta %d..%d%s was interrupted at %d, but it says %s"
            .formatted(
                plan.getBaseOpId(),
                plan.getTarget().getOpId(),
                plan.getExact() ? "" : " inexact",
                at,
                Notation.text(resume)));
  }

  @Override
  public void attached(Lane lane) {
    scene.tell("agent: Attach " + Notation.text(lane.log()));
    LogPlan plan = lane.session().plan(lane.log());
    expect(
        (plan != null && plan.getPlan() != Plan.PLAN_REJECT) || lane.log() == Log.LOG_TELEMETRY,
        "Expected lanes of logs in the plan, but got one of " + Notation.text(lane.log()));
    lastLane.put(lane.log(), lane);
    caughtUp.remove(lane.log());
    effects.attached(lane.log());
  }

  /** The agent told that it has caught up. */
  void toldCaughtUp(Position at) {
    caughtUp.put(at.getLog(), at.getOpId());
  }

  @Override
  public void acked(Lane lane, Ack ack) {
    Log which = lane.log();
    long at = ack.getApplied().getOpId();
    scene.tell("agent: Ack %s %d%s".formatted(Notation.text(which), at, described(ack)));
    expect(
        which != Log.LOG_TELEMETRY && ack.getApplied().getLog() == which,
        "Expected acks of the lane's own log, but got " + ack.getApplied());
    if (which == Log.LOG_TELEMETRY || !isOfThisHistory(ack.getApplied())) {
      return;
    }
    expect(
        at <= lane.sentTo(),
        "Expected no ack beyond what was sent, %s %d, but got %d"
            .formatted(Notation.text(which), lane.sentTo(), at));
    expect(
        at > log.head(which) || ack.getApplied().equals(log.position(which, at)),
        "Expected an ack to give the position back as it was received, but got "
            + ack.getApplied());
    long before = lane.acks().stream().mapToLong(one -> one.getApplied().getOpId()).max().orElse(0);
    expect(
        at >= before,
        "Expected acks of a stream not to go back, but got %s %d after %d"
            .formatted(Notation.text(which), at, before));
    // An ack on a stream that is gone may come late.
    String missing =
        lane == lastLane.get(which) ? effects.missing(which, at) : effects.missingEvent(which, at);
    expect(
        missing == null,
        "Expected an ack of %s %d only when everything up to there took effect, but not so %s"
            .formatted(Notation.text(which), at, missing));
    expect(
        ack.getSumsCount() == 0 || isOutsideOfSync(lane),
        "Expected no sums with an ack inside a sync, but got some at " + at);
    sums(which, at, ack.getSumsList());
    acked.merge(which, at, Math::max);
  }

  private static boolean isOutsideOfSync(Lane lane) {
    boolean outside = false;
    for (DataResponse sent : lane.sent()) {
      outside = (outside || sent.hasCaughtUp()) && !sent.hasFellBehind();
    }
    return outside;
  }

  private void sums(Log which, long at, List<ScopeSums> stated) {
    if (!checksSums || at > log.head(which)) {
      return;
    }
    Fold fold = log.fold(which, at);
    for (ScopeSums sums : stated) {
      ScopeSums expected = fold.sums(sums.getScope());
      expect(
          sums.getStateDigest().isEmpty()
              || sums.getStateDigest().equals(expected.getStateDigest()),
          "Expected the state digest of %s at %d, but the agent says another"
              .formatted(Notation.text(sums.getScope()), at));
      expect(
          sums.getEventHash().isEmpty()
              || (sums.getEventCount() == expected.getEventCount()
                  && sums.getEventHash().equals(expected.getEventHash())),
          "Expected %d events in %s at %d, and their hash, but the agent says %d or another hash"
              .formatted(
                  expected.getEventCount(),
                  Notation.text(sums.getScope()),
                  at,
                  sums.getEventCount()));
    }
  }

  @Override
  public void reported(Lane lane, DigestReport report) {
    scene.tell("agent: DigestReport " + report.getQueryId());
  }

  @Override
  public void nacked(Session session, Nack nack) {
    scene.tell("agent: Nack %d %s".formatted(nack.getOpId(), nack.getReaction()));
    expect(
        effects.hasFailed(nack.getLog(), nack.getOpId()),
        "Expected a Nack of an operation that a handler failed at, but got one of %d"
            .formatted(nack.getOpId()));
  }

  @Override
  public void heartbeat(Session session, Heartbeat heartbeat) {
    expect(
        heartbeat.getNumber() > lastHeartbeat,
        "Expected numbers of heartbeats to ascend, but got %d after %d"
            .formatted(heartbeat.getNumber(), lastHeartbeat));
    lastHeartbeat = heartbeat.getNumber();
  }

  @Override
  public void producerHello(Producer producer) {
    scene.tell(
        "publisher: Hello %s, epoch %d"
            .formatted(
                Notation.text(producer.hello().getLog()), producer.hello().getProducerEpoch()));
  }

  @Override
  public void published(Producer producer, PublishGroup group) {
    scene.tell("publisher: group " + group.getNumber());
  }

  @Override
  public void broken(String what) {
    scene.violation(what);
  }

  /** What the agent still owes at the end; null if nothing. */
  @Nullable String owed() {
    for (Log which : agent.logs()) {
      if (acked(which) < log.head(which)) {
        return "acks of %s up to its head %d, and it is at %d"
            .formatted(Notation.text(which), log.head(which), acked(which));
      }
      if (!caughtUp.containsKey(which)) {
        return "the agent to tell that it has caught up with " + Notation.text(which);
      }
    }
    return null;
  }

  /**
   * What the agent holds that it should not, or lacks, now that it has caught up; null if nothing.
   */
  @Nullable String difference() {
    for (Log which : agent.logs()) {
      List<Scope> scopes = agent.scopes(which);
      String difference = effects.difference(which, scopes);
      if (difference != null) {
        return difference;
      }
    }
    return null;
  }

  private boolean isOfThisHistory(Position position) {
    return position.getEpoch() == log.position(position.getLog(), 0).getEpoch();
  }

  private static String describe(Hello hello) {
    return hello.getResumeCount() == 0
        ? "from the beginning"
        : String.join(
            "; ",
            hello.getResumeList().stream()
                .map(
                    resume ->
                        Notation.text(resume.getPosition().getLog()) + " " + Notation.text(resume))
                .toList());
  }

  private static String described(Ack ack) {
    return ack.getSumsCount() == 0 ? "" : " with sums";
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      scene.violation(otherwise);
    }
  }

  /** Operations that are in a log, for those who count. */
  static List<Operation> operations(DataResponse frame) {
    return frame.hasDelivery() ? frame.getDelivery().getOperationsList() : List.of();
  }
}
