package dev.swarmlog.sdk;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An {@link AgentSession} of one lane that is welcomed and fed frames by hand. What it hands to the
 * handler is applied at once. Not thread-safe.
 */
final class ProbedSession {
  private static final Scope COMMANDS =
      Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(Targets.all()).build();

  private final AgentSession session;
  private final LaneLedger ledger;
  private final List<Operation> applied = new ArrayList<>();
  private final List<Operation> handled = new ArrayList<>();
  private final HandlerTable handlers;
  private boolean ended;
  // Handed over by the frame being read.
  private @Nullable LaneStep handed;

  /**
   * A session at a position.
   *
   * @param plan what Welcome says of the lane
   * @param inSync whether the coordinator sends deltas, and the plan is to be followed
   */
  ProbedSession(Position stands, LogPlan plan, boolean inSync) {
    HandlerTable.Builder table = HandlerTable.builder();
    table.addDefault(Topic.TOPIC_COMMANDS, operation -> {});
    handlers = table.build();
    LogResume stored = LogResume.newBuilder().setPosition(stands).addScopes(COMMANDS).build();
    ledger = new LaneLedger(stored, true, List.of());
    session =
        new AgentSession(
            Hello.getDefaultInstance(),
            List.of(Log.LOG_MAIN),
            AgentCursor.empty().with(stored),
            Set.of(),
            new Probe(),
            new AgentListener() {},
            () -> new Backoff(new FractionRandom(0)),
            null);
    session.start();
    Welcome welcome =
        Welcome.newBuilder()
            .setSessionId("s")
            .setCapabilities(inSync ? Capability.CAPABILITY_SYNC_VALUE : 0)
            .addPlans(plan.toBuilder().setLog(Log.LOG_MAIN).addScopes(COMMANDS))
            .build();
    control(ControlResponse.newBuilder().setWelcome(welcome).build());
  }

  void control(ControlResponse frame) {
    session.controlFrame(frame, 0, 0);
  }

  void data(DataResponse frame) {
    if (ended) {
      return;
    }
    session.laneFrame(Log.LOG_MAIN, frame, 0);
    LaneStep step = handed;
    if (step != null) {
      handed = null;
      PreparedStep done = ledger.prepare(step);
      applied.addAll(done.batch().operations());
      done.batch().operations().stream()
          .filter(operation -> handlers.find(operation) != null)
          .forEach(handled::add);
      session.applied(Log.LOG_MAIN, done, 0, 0);
    }
  }

  /** What was new. */
  List<Operation> applied() {
    return applied;
  }

  /** Of that, what there is a handler for, where commands have one. */
  List<Operation> handled() {
    return handled;
  }

  long ignored() {
    return session.lane(Log.LOG_MAIN).ignored();
  }

  long outOfOrder() {
    return session.lane(Log.LOG_MAIN).outOfOrder();
  }

  long readUpTo() {
    return Objects.requireNonNull(session.lane(Log.LOG_MAIN).position()).getOpId();
  }

  boolean hasEnded() {
    return ended;
  }

  private final class Probe implements AgentSession.Output {
    @Override
    public void deliver(LaneStep step) {
      handed = step;
    }

    @Override
    public void endStreams(boolean gently) {
      ended = true;
    }

    @Override
    public void openControl(Hello hello) {}

    @Override
    public void openLane(String sessionId, Log log, LogPlan plan) {}

    @Override
    public void deltaBegan(Position from, Position head) {}

    @Override
    public void syncEnded(Log log, @Nullable SyncReport report, long received, long duplicates) {}

    @Override
    public void sendHeartbeat(Heartbeat.Builder known) {}

    @Override
    public void requestFrame(Log log) {}

    @Override
    public void deliverAgain(Log log) {}

    @Override
    public void goOn(Log log) {}

    @Override
    public void sendNack(Nack nack) {}

    @Override
    public void sendAck(Ack ack) {}

    @Override
    public void sendDigests(Log log, DigestReport report) {}

    @Override
    public void startTimer(TimerKey key, long delayNs) {}
  }
}
