package dev.swarmlog.server.path.accept;

import dev.swarmlog.otel.Label;
import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.MemoryPressure;
import dev.swarmlog.server.Readers;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.ServerIdentity;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.Shards;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.AgentBreakers;
import dev.swarmlog.server.path.admit.RateGate;
import dev.swarmlog.server.path.drift.Drift;
import dev.swarmlog.server.path.telemetry.Telemetry;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.PublishGroup;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** What every stream needs of the coordinator; immutable. */
@Singleton
final class StreamContext {

  private final Limits limits;
  private final TimeSource time;
  private final Shards shards;
  private final Admission admission;
  private final RateGate rateGate;
  private final Sessions sessions;
  private final OpenStreams openStreams;
  private final SerialExecutors serial;
  private final Executor readers;
  private final ScheduledExecutorService timer;
  private final Telemetry telemetry;
  private final Drift drift;
  private final Parking parking;
  private final AgentBreakers breakers;
  private final HelloPace pace;
  private final HeldCalls heldCalls;
  private final ServerIdentity identity;
  private final UnreadBytes unread;
  private final MemoryPressure memory;
  private final DiskSpace disk;
  private final Instruments instruments;
  private final AgentTotals agentTotals;
  private final HistoryAlarm historyAlarm;
  private final RandomGenerator random;

  @Inject
  StreamContext(
      Limits limits,
      TimeSource time,
      Shards shards,
      Admission admission,
      RateGate rateGate,
      Sessions sessions,
      OpenStreams openStreams,
      SerialExecutors serial,
      @Readers Executor readers,
      ScheduledExecutorService timer,
      Telemetry telemetry,
      Drift drift,
      Parking parking,
      AgentBreakers breakers,
      HelloPace pace,
      HeldCalls heldCalls,
      ServerIdentity identity,
      UnreadBytes unread,
      MemoryPressure memory,
      DiskSpace disk,
      Instruments instruments,
      AgentTotals agentTotals,
      HistoryAlarm historyAlarm,
      RandomGenerator random) {
    this.historyAlarm = historyAlarm;
    this.random = random;
    this.agentTotals = agentTotals;
    this.instruments = instruments;
    this.limits = limits;
    this.time = time;
    this.shards = shards;
    this.admission = admission;
    this.rateGate = rateGate;
    this.sessions = sessions;
    this.openStreams = openStreams;
    this.serial = serial;
    this.readers = readers;
    this.timer = timer;
    this.telemetry = telemetry;
    this.drift = drift;
    this.parking = parking;
    this.breakers = breakers;
    this.pace = pace;
    this.heldCalls = heldCalls;
    this.identity = identity;
    this.unread = unread;
    this.memory = memory;
    this.disk = disk;
  }

  Limits limits() {
    return limits;
  }

  TimeSource time() {
    return time;
  }

  Shards shards() {
    return shards;
  }

  Admission admission() {
    return admission;
  }

  RateGate rateGate() {
    return rateGate;
  }

  Sessions sessions() {
    return sessions;
  }

  /** Those without a session. */
  OpenStreams openStreams() {
    return openStreams;
  }

  /** The threads that send. */
  SerialExecutors serial() {
    return serial;
  }

  /** May block. */
  Executor readers() {
    return readers;
  }

  Telemetry telemetry() {
    return telemetry;
  }

  Drift drift() {
    return drift;
  }

  Parking parking() {
    return parking;
  }

  AgentBreakers breakers() {
    return breakers;
  }

  PublisherConduct conduct(String swarm, String publisher) {
    return new PublisherConduct(breakers, swarm, publisher);
  }

  /** The agent of a session, if there is one, has broken the contract. */
  void violated(@Nullable AgentSession session) {
    if (session != null) {
      breakers.failed(session.swarm(), session.agent(), BreakerCause.BREAKER_CAUSE_VIOLATIONS);
    }
  }

  /** How fast agents come back. */
  HelloPace pace() {
    return pace;
  }

  /** Where agents that are not served are told so. */
  HeldCalls heldCalls() {
    return heldCalls;
  }

  ServerIdentity identity() {
    return identity;
  }

  /** The sending side of a call that begins. */
  <P> Responder<P> responder(ServerCallStreamObserver<P> call) {
    return new Responder<>(call, unread);
  }

  /** What is noted down. */
  Instruments instruments() {
    return instruments;
  }

  /** A group that has just been received, for a swarm that exists. */
  ReceivedGroup received(String swarm, String publisher, PublishGroup group) {
    return ReceivedGroup.of(instruments, swarm, publisher, group);
  }

  /** An agent refused an operation. */
  void nacked(String swarm, NackReply.Outcome outcome) {
    instruments.operations().of(swarm).nacked(Label.of(outcome, "OUTCOME_"));
  }

  /** An agent has told what it has counted. */
  void counted(AgentSession session, Heartbeat heartbeat) {
    AgentTotals.News news = agentTotals.told(session, heartbeat);
    instruments.operations().of(session.swarm()).ignored(news.duplicates(), news.outOfOrder());
  }

  /** The lag of an agent whose clock its session knows. */
  ApplyLag applyLag(AgentSession agent) {
    return new ApplyLag(instruments, sessions, agent, time);
  }

  /** Goes on with a swarm, or ends the call because there is none of that name. */
  void find(String name, Responder<?> responder, BiConsumer<Shard, SwarmState> found) {
    Shard shard = shards.of(name);
    SwarmState swarm = shard.log().swarm(name).orElse(null);
    if (swarm == null) {
      responder.refuse(Admission.notFound(name));
      return;
    }
    found.accept(shard, swarm);
  }

  /** Why no session, sync or tail is begun now; null if it may be. */
  @Nullable Refusal overloaded() {
    Refusal scarce = memory.refusal();
    return scarce == null ? unread.refusal() : scarce;
  }

  /** A name for a session that nobody can guess. */
  String newSessionId() {
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }

  MemoryPressure memory() {
    return memory;
  }

  /** Why nothing is taken for main or telemetry now; null if it is. */
  @Nullable Refusal withoutRoomForData() {
    Refusal scarce = memory.refusal();
    return scarce == null ? disk.refusal() : scarce;
  }

  /** Why no group is taken for want of space, whatever memory there is; null if it is. */
  @Nullable Refusal withoutSpace(Log log) {
    return log == Log.LOG_CONTROL ? null : disk.refusal();
  }

  /** Starts to wait for the first frame of a stream. */
  FirstFrame firstFrame(String name, Responder<?> responder) {
    return new FirstFrame(name, responder, timer, limits.handshakeTimeout());
  }

  HistoryAlarm historyAlarm() {
    return historyAlarm;
  }
}
