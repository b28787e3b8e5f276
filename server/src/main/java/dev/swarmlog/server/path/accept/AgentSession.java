package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Principal;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.server.path.drift.DriftWatch;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ConnectedAgent;
import dev.swarmlog.v1.ConnectedLane;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.LaneState;
import dev.swarmlog.v1.Log;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An agent that is connected: what it declared, and the lanes attached so far.
 *
 * <p>May be called from any thread; {@code lanes}, {@code synced} and {@code ended} are guarded by
 * the monitor, everything else never changes.
 */
final class AgentSession {

  private final String id;
  private final long arrival;
  private final Hello hello;
  private final Principal principal;
  private final String peer;
  private final Shard shard;
  private final Map<Log, View> views;
  private final Map<Log, SyncPlan> plans;
  private final ControlStream control;
  private final long connectedUnixNs;

  private final Map<Log, DataStream> lanes = new EnumMap<>(Log.class);
  private final Set<Log> synced = EnumSet.noneOf(Log.class);
  private @Nullable Refusal ended;

  private volatile long lastHeartbeatUnixNs;
  private volatile long lastHeartbeatNs;
  private volatile @Nullable ClockReading clock;
  private volatile long handlerRunningMs;
  private volatile long handlerHeldMs;
  private final GivenUp givenUp = new GivenUp();

  AgentSession(
      String id,
      long arrival,
      Hello hello,
      Principal principal,
      String peer,
      Shard shard,
      Map<Log, View> views,
      Map<Log, SyncPlan> plans,
      ControlStream control,
      long connectedUnixNs,
      long nowNs) {
    this.id = id;
    this.arrival = arrival;
    this.hello = kept(hello);
    this.principal = principal;
    this.peer = peer;
    this.shard = shard;
    this.views = views;
    this.plans = plans;
    this.control = control;
    this.connectedUnixNs = connectedUnixNs;
    this.lastHeartbeatUnixNs = connectedUnixNs;
    this.lastHeartbeatNs = nowNs;
  }

  /**
   * Only what has a bound: views and positions have served, and other fields are as long as sent.
   */
  private static Hello kept(Hello hello) {
    return Hello.newBuilder()
        .setSwarm(hello.getSwarm())
        .setAgent(hello.getAgent())
        .setInstance(hello.getInstance())
        .addAllRoles(hello.getRolesList())
        .setCapabilities(Admission.accepted(hello.getCapabilities()))
        .setSdk(hello.getSdk())
        .build();
  }

  String id() {
    return id;
  }

  /** The later its Hello came, the higher. */
  long arrival() {
    return arrival;
  }

  String swarm() {
    return hello.getSwarm();
  }

  String agent() {
    return hello.getAgent();
  }

  String instance() {
    return hello.getInstance();
  }

  List<String> roles() {
    return hello.getRolesList();
  }

  Principal principal() {
    return principal;
  }

  Shard shard() {
    return shard;
  }

  /** Of those it asked for, the ones there are. */
  long capabilities() {
    return hello.getCapabilities();
  }

  /** Whether it takes syncs, or every operation. */
  boolean syncs() {
    return SyncPlans.syncs(hello.getCapabilities());
  }

  /** Whether it says what it holds. */
  boolean reportsDrift() {
    return SyncPlans.reportsDrift(hello.getCapabilities());
  }

  /** Whether it says what it cannot apply. */
  boolean refusesOperations() {
    return (capabilities() & Capability.CAPABILITY_NACK_VALUE) != 0;
  }

  /** What it sees of a log; absent if nothing. */
  @Nullable View view(Log log) {
    return views.get(log);
  }

  @Nullable SyncPlan plan(Log log) {
    return plans.get(log);
  }

  /** Nothing up to here is delivered any more; 0 where it attaches by a position. */
  long startOpId(Log log) {
    SyncPlan plan = plans.get(log);
    return plan == null || !syncs() ? 0 : plan.start().getOpId();
  }

  void heartbeat(long unixNs, long nowNs, Heartbeat heartbeat) {
    ClockReading told = ClockReading.of(heartbeat);
    clock = told == null ? clock : told;
    handlerRunningMs = heartbeat.getHandlerRunningMs();
    handlerHeldMs = heartbeat.getHandlerHeldMs();
    lastHeartbeatUnixNs = unixNs;
    lastHeartbeatNs = nowNs;
  }

  /** How the agent's clock stands to the coordinator's; null if the agent has not told. */
  @Nullable ClockReading clock() {
    return clock;
  }

  /** What it refused and of which nothing becomes. */
  GivenUp givenUp() {
    return givenUp;
  }

  long connectedUnixNs() {
    return connectedUnixNs;
  }

  /** When the last heartbeat came, on the wall clock. */
  long lastHeartbeatUnixNs() {
    return lastHeartbeatUnixNs;
  }

  /** How long its oldest running handler had taken at the last heartbeat; 0 if none ran. */
  long handlerRunningMs() {
    return handlerRunningMs;
  }

  /** How long it went on to hold a lane then, as its handler fails at nearly everything. */
  long handlerHeldMs() {
    return handlerHeldMs;
  }

  /** When the last heartbeat came, on the monotonic clock. */
  long lastHeartbeatNs() {
    return lastHeartbeatNs;
  }

  /**
   * Attaches a lane; an earlier stream of the same lane is ended.
   *
   * @return why it cannot be attached, if it cannot
   */
  synchronized @Nullable Refusal attach(Log log, DataStream lane) {
    if (ended != null) {
      return ended;
    }
    if (syncs() && log != Log.LOG_TELEMETRY && !synced.add(log)) {
      return Admission.violation(
          "Expected one Attach of %s in a session that syncs, but got another: the plan is for where the agent stood at Hello. Open a new session."
              .formatted(LogName.of(log)));
    }
    DataStream earlier = lanes.put(log, lane);
    if (earlier != null) {
      earlier.end(superseded("Expected one stream per lane, but a newer one was attached."));
    }
    return null;
  }

  synchronized void detach(Log log, DataStream lane) {
    lanes.remove(log, lane);
  }

  /** Ends the session and all its streams. */
  void end(Refusal refusal) {
    List<DataStream> ending;
    synchronized (this) {
      if (ended != null) {
        return;
      }
      ended = refusal;
      ending = List.copyOf(lanes.values());
      lanes.clear();
    }
    ending.forEach(lane -> lane.end(refusal));
    control.end(refusal);
  }

  /** Asks the agent to come back later. */
  void drain(String reason) {
    control.drain(reason);
  }

  /** What looks for drift in a lane; null if nothing does. */
  synchronized @Nullable DriftWatch watch(Log log) {
    DataStream lane = lanes.get(log);
    return lane == null ? null : lane.watch();
  }

  /** The stream of a lane; null if none is attached. */
  synchronized @Nullable DataStream lane(Log log) {
    return lanes.get(log);
  }

  synchronized List<LaneState> laneStates() {
    List<LaneState> states = new ArrayList<>();
    lanes.forEach((log, lane) -> states.add(lane.laneState(log)));
    return states;
  }

  synchronized void bookmark() {
    lanes.values().forEach(DataStream::bookmark);
  }

  /** For people to read. */
  synchronized List<ConnectedLane> connectedLanes() {
    List<ConnectedLane> connectedLanes = new ArrayList<>();
    lanes.forEach((log, lane) -> connectedLanes.add(lane.describe(log)));
    return connectedLanes;
  }

  /** For people to read. */
  synchronized ConnectedAgent describe() {
    return ConnectedAgent.newBuilder()
        .setAgent(agent())
        .setInstance(instance())
        .addAllRoles(hello.getRolesList())
        .setSessionId(id)
        .setPrincipal(principal.name())
        .setSdk(hello.getSdk())
        .setPeer(peer)
        .setConnectedUnixNano(connectedUnixNs)
        .setLastHeartbeatUnixNano(lastHeartbeatUnixNs)
        .setHandlerRunningMs(handlerRunningMs)
        .setHandlerHeldMs(handlerHeldMs)
        .addAllLanes(connectedLanes())
        .build();
  }

  static Refusal superseded(String message) {
    return Refusal.of(dev.swarmlog.v1.ErrorReason.ERROR_REASON_SESSION_SUPERSEDED, message);
  }
}
