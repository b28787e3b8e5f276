package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.deliver.Lane;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.storage.OperationFailure;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.AgentFate;
import dev.swarmlog.v1.AgentLife;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What became of an operation for an agent that is connected. Used by one thread. */
final class ConnectedFate {

  private final LifeSubject subject;
  private final AgentSession session;
  private final @Nullable OperationFailure failure;
  private final SyncPlan plan;
  private final @Nullable Lane lane;
  private final Lane.Progress progress;
  private final Lane.@Nullable HandOut handOut;

  private ConnectedFate(
      LifeSubject subject,
      AgentSession session,
      @Nullable OperationFailure failure,
      SyncPlan plan) {
    this.subject = subject;
    this.session = session;
    this.failure = failure;
    this.plan = plan;
    DataStream stream = session.lane(subject.log());
    this.lane = stream == null ? null : stream.lane();
    long startOpId = plan.start().getOpId();
    // The hand-out after the progress: what has been sent by then is in it.
    this.progress =
        lane == null
            ? new Lane.Progress(Lane.State.CLOSED, subject.nowNs(), startOpId, startOpId, 0)
            : lane.progress();
    this.handOut = lane == null ? null : lane.handOut(subject.opId());
  }

  /**
   * Finds out.
   *
   * @param failure what is known of the operation if the agent refused it
   */
  static FateOfAgent find(
      LifeSubject subject, AgentSession session, @Nullable OperationFailure failure) {
    View view = session.view(subject.log());
    SyncPlan plan = session.plan(subject.log());
    if (view == null || plan == null) {
      return new FateOfAgent(
          session.agent(),
          AgentFate.AGENT_FATE_NOT_IN_VIEW,
          () ->
              AgentLife.newBuilder()
                  .setConnected(true)
                  .addAllRoles(session.roles())
                  .setLastSeenUnixNano(session.lastHeartbeatUnixNs()));
    }
    ConnectedFate found = new ConnectedFate(subject, session, failure, plan);
    AgentFate fate =
        view.contains(subject.stored().scope()) ? found.fate() : AgentFate.AGENT_FATE_NOT_IN_VIEW;
    return new FateOfAgent(session.agent(), fate, () -> found.tell(fate));
  }

  private AgentFate fate() {
    long opId = subject.opId();
    if (failure != null) {
      return RefusedFate.of(failure);
    }
    if (session.givenUp().message(subject.log(), opId) != null) {
      return AgentFate.AGENT_FATE_SKIPPED;
    }
    if (opId <= plan.start().getOpId()) {
      return comesBySnapshot() ? bySnapshot() : AgentFate.AGENT_FATE_ACKNOWLEDGED;
    }
    if (comesBySnapshot()) {
      return bySnapshot();
    }
    if (opId > progress.sentOpId()) {
      return AgentFate.AGENT_FATE_NOT_DELIVERED;
    }
    if (subject.isSupersededAt(syncTarget())) {
      return AgentFate.AGENT_FATE_SUPERSEDED;
    }
    if (handOut != null && subject.isExpiredAt(handOut.handedOutUnixNs())) {
      return AgentFate.AGENT_FATE_EXPIRED;
    }
    return opId <= progress.ackedOpId()
        ? AgentFate.AGENT_FATE_ACKNOWLEDGED
        : AgentFate.AGENT_FATE_DELIVERED;
  }

  /** Keyed state of its scope is sent at the end of the sync that the session began with. */
  private boolean comesBySnapshot() {
    return subject.stored().isKeyed()
        && subject.opId() <= plan.target().getOpId()
        && plan.snapshots().stream()
            .anyMatch(snapshot -> snapshot.scope().equals(subject.stored().scope()));
  }

  private AgentFate bySnapshot() {
    long target = plan.target().getOpId();
    if (subject.isSupersededAt(target)) {
      return AgentFate.AGENT_FATE_SUPERSEDED;
    }
    return progress.sentOpId() < target || isSyncing()
        ? AgentFate.AGENT_FATE_NOT_DELIVERED
        : AgentFate.AGENT_FATE_SNAPSHOT;
  }

  private boolean isSyncing() {
    return progress.state() == Lane.State.CATCHING_UP
        || progress.state() == Lane.State.COMPARING
        || progress.state() == Lane.State.CLOSED;
  }

  /** Where the sync ends by which the operation was, or would have been, sent; 0 if it was live. */
  private long syncTarget() {
    if (handOut != null) {
      return handOut.syncTarget();
    }
    return session.syncs() && subject.opId() <= plan.target().getOpId()
        ? plan.target().getOpId()
        : 0;
  }

  private AgentLife.Builder tell(AgentFate fate) {
    AgentLife.Builder told =
        failure == null
            ? AgentLife.newBuilder().setReason(reason(fate))
            : RefusedFate.tell(subject, failure);
    told.setConnected(true)
        .addAllRoles(session.roles())
        .setAckedOpId(progress.ackedOpId())
        .setLastSeenUnixNano(session.lastHeartbeatUnixNs());
    boolean handedOut =
        fate != AgentFate.AGENT_FATE_SUPERSEDED
            && fate != AgentFate.AGENT_FATE_SNAPSHOT
            && fate != AgentFate.AGENT_FATE_EXPIRED
            && fate != AgentFate.AGENT_FATE_NOT_IN_VIEW;
    if (handOut != null && handedOut) {
      told.setHandedOutUnixNano(handOut.handedOutUnixNs());
    }
    // The ack that covers what was refused says nothing of it.
    boolean refused = failure != null || fate == AgentFate.AGENT_FATE_SKIPPED;
    if (handOut != null && handedOut && !refused) {
      told.setAcknowledgedUnixNano(handOut.acknowledgedUnixNs());
      ClockReading clock = session.clock();
      if (handOut.appliedUnixNs() > 0 && clock != null) {
        long appliedUnixNs = clock.corrected(handOut.appliedUnixNs());
        // What an agent tells of a time that is to come, or of before it was known to anybody, says
        // nothing of the operation.
        if (appliedUnixNs > 0 && appliedUnixNs <= latest(clock)) {
          told.setAppliedUnixNano(appliedUnixNs).setAppliedUncertaintyNano(clock.uncertaintyNs());
        }
      }
    }
    return told;
  }

  private long latest(ClockReading clock) {
    return subject.nowUnixNs() + clock.uncertaintyNs() + ClockReading.SLACK_NS;
  }

  private String reason(AgentFate fate) {
    return switch (fate) {
      case AGENT_FATE_NOT_DELIVERED -> notDelivered();
      case AGENT_FATE_DELIVERED -> notAcknowledged();
      case AGENT_FATE_SUPERSEDED ->
          "operation "
              + Long.toUnsignedString(subject.nextOnKey())
              + " on its key came before it was sent";
      case AGENT_FATE_EXPIRED ->
          "it had expired at "
              + LifeWords.time(subject.operation().getExpiresAtUnixNano(), subject.nowUnixNs());
      case AGENT_FATE_SNAPSHOT ->
          "it was sent the state at operation " + Long.toUnsignedString(plan.target().getOpId());
      case AGENT_FATE_SKIPPED -> {
        String said = session.givenUp().message(subject.log(), subject.opId());
        yield said == null || said.isEmpty() ? "refused, and given up" : "given up: " + said;
      }
      case AGENT_FATE_ACKNOWLEDGED -> acknowledged();
      default -> "";
    };
  }

  private String acknowledged() {
    if (handOut != null && handOut.acknowledgedUnixNs() != 0) {
      return "";
    }
    return subject.opId() <= plan.start().getOpId()
        ? "before it connected at " + LifeWords.time(session.connectedUnixNs(), subject.nowUnixNs())
        : "";
  }

  private String notDelivered() {
    String since = subject.since(progress.sinceNs());
    return switch (progress.state()) {
      case WAITING_FOR_READER -> "its window is closed: it has not read for " + since;
      case WAITING_FOR_ACKS ->
          "it has been given as much as may be unacknowledged, for "
              + since
              + "; "
              + standing(progress.ackedOpId());
      case CATCHING_UP -> "it is catching up; it was sent " + sent();
      case COMPARING -> "it is asked what it holds, for " + since;
      case CLOSED -> lane == null ? "it has not attached its lane" : "its lane is closed";
      case LIVE, ASLEEP -> "on its way; it was sent " + sent();
    };
  }

  private String notAcknowledged() {
    long quietNs = subject.nowNs() - session.lastHeartbeatNs();
    if (quietNs > 2 * subject.context().limits().heartbeatInterval().toNanos()) {
      return "nothing heard of it for " + LifeWords.duration(quietNs);
    }
    if (session.handlerHeldMs() > 0) {
      return "its handler fails at nearly everything: it holds the lane for another "
          + milliseconds(session.handlerHeldMs());
    }
    if (session.handlerRunningMs() > 0) {
      return "its handler has been running for "
          + milliseconds(session.handlerRunningMs())
          + "; "
          + standing(progress.ackedOpId());
    }
    return "it has not acknowledged it; " + standing(progress.ackedOpId());
  }

  private String sent() {
    return progress.sentOpId() + " of " + subject.headOpId();
  }

  private String standing(long ackedOpId) {
    return "it stands at " + ackedOpId + " of " + subject.headOpId();
  }

  private static String milliseconds(long ms) {
    return LifeWords.duration(TimeUnit.MILLISECONDS.toNanos(ms));
  }
}
