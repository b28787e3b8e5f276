package dev.swarmlog.sdk;

import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.AdministrationServiceGrpc.AdministrationServiceBlockingStub;
import dev.swarmlog.v1.CompactSwarmRequest;
import dev.swarmlog.v1.CompactSwarmResponse;
import dev.swarmlog.v1.CompareAgentsRequest;
import dev.swarmlog.v1.CompareAgentsResponse;
import dev.swarmlog.v1.CreateSwarmRequest;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.DiffResponse;
import dev.swarmlog.v1.DriftServiceGrpc;
import dev.swarmlog.v1.DriftServiceGrpc.DriftServiceBlockingStub;
import dev.swarmlog.v1.GetOperationLifeRequest;
import dev.swarmlog.v1.GetOperationLifeResponse;
import dev.swarmlog.v1.GetOverviewRequest;
import dev.swarmlog.v1.GetOverviewResponse;
import dev.swarmlog.v1.GetParkedRequest;
import dev.swarmlog.v1.GetStatusRequest;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.ListAgentsRequest;
import dev.swarmlog.v1.ListAgentsResponse;
import dev.swarmlog.v1.ListBacklogsRequest;
import dev.swarmlog.v1.ListBacklogsResponse;
import dev.swarmlog.v1.ListDriftRequest;
import dev.swarmlog.v1.ListDriftResponse;
import dev.swarmlog.v1.ListParkedRequest;
import dev.swarmlog.v1.ListParkedResponse;
import dev.swarmlog.v1.ListSwarmsRequest;
import dev.swarmlog.v1.ListSwarmsResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogLevel;
import dev.swarmlog.v1.LoggerLevel;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.ObservationServiceGrpc.ObservationServiceBlockingStub;
import dev.swarmlog.v1.ParkedOperation;
import dev.swarmlog.v1.ParkingServiceGrpc;
import dev.swarmlog.v1.ParkingServiceGrpc.ParkingServiceBlockingStub;
import dev.swarmlog.v1.PlanSyncRequest;
import dev.swarmlog.v1.PlanSyncResponse;
import dev.swarmlog.v1.PurgeParkedRequest;
import dev.swarmlog.v1.PurgeParkedResponse;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.ReleaseAgentRequest;
import dev.swarmlog.v1.ReplayParkedRequest;
import dev.swarmlog.v1.ReplayParkedResponse;
import dev.swarmlog.v1.SetLogLevelRequest;
import dev.swarmlog.v1.SetRateLimitsRequest;
import dev.swarmlog.v1.Swarm;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.SyncServiceGrpc;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Blocking calls for people and tools: administration, looking on, one-off syncs, what is parked.
 * Tries nothing again by itself. Every method throws {@link SwarmlogException}. Thread-safe.
 */
public final class SwarmClient implements AutoCloseable {
  private static final int PAGE_SIZE = 1_000;

  private final SwarmConnection connection;
  private final boolean ownsConnection;
  private final Duration timeout;

  private SwarmClient(SwarmConnection connection, boolean ownsConnection, Duration timeout) {
    this.connection = connection;
    this.ownsConnection = ownsConnection;
    this.timeout = timeout;
  }

  /** A client with a connection of its own to "host:port", and 10 seconds for each answer. */
  public static SwarmClient connect(String target) {
    return new SwarmClient(SwarmConnection.to(target), true, Duration.ofSeconds(10));
  }

  /** A client over a connection, which closing the client leaves open. */
  public static SwarmClient over(SwarmConnection connection) {
    return new SwarmClient(connection, false, Duration.ofSeconds(10));
  }

  /**
   * The same client with another time for each answer: that of a call that answers once, and each
   * frame of a stream, as long as the reader waits for it. Close only one of the two.
   */
  public SwarmClient withTimeout(Duration timeout) {
    return new SwarmClient(connection, ownsConnection, timeout);
  }

  /** Creates a swarm, durably; SWARM_EXISTS if there is one of that name. */
  public Swarm createSwarm(String name) {
    return call(
        () ->
            administration()
                .createSwarm(CreateSwarmRequest.newBuilder().setName(name).build())
                .getSwarm());
  }

  /**
   * Moves the horizon of a log towards an operation, and removes below it what no agent at or above
   * it is owed. A call passes a bounded number of operations: call again until the answer is
   * complete.
   *
   * @param log main or control
   */
  public CompactSwarmResponse compactSwarm(String swarm, Log log, long upToOpId) {
    CompactSwarmRequest request =
        CompactSwarmRequest.newBuilder().setSwarm(swarm).setLog(log).setUpToOpId(upToOpId).build();
    return call(() -> administration().compactSwarm(request));
  }

  /** All swarms, by name. */
  public List<Swarm> listSwarms() {
    List<Swarm> swarms = new ArrayList<>();
    String pageToken = "";
    do {
      ListSwarmsRequest request =
          ListSwarmsRequest.newBuilder().setPageSize(PAGE_SIZE).setPageToken(pageToken).build();
      ListSwarmsResponse page = call(() -> administration().listSwarms(request));
      swarms.addAll(page.getSwarmsList());
      pageToken = page.getNextPageToken();
    } while (!pageToken.isEmpty());
    return swarms;
  }

  /** One swarm: heads, and the sums of every scope at the head. */
  public GetSwarmResponse getSwarm(String name) {
    return call(
        () -> administration().getSwarm(GetSwarmRequest.newBuilder().setName(name).build()));
  }

  /** Replaces the rate limits of a swarm, durably; answers those in force now. */
  public RateLimits setRateLimits(String swarm, RateLimits limits) {
    SetRateLimitsRequest request =
        SetRateLimitsRequest.newBuilder().setSwarm(swarm).setRateLimits(limits).build();
    return call(() -> administration().setRateLimits(request).getRateLimits());
  }

  /**
   * Changes how much the coordinator logs, until it ends; answers what is in force now.
   *
   * @param logger empty for all that have no level of their own
   * @param level {@code LOG_LEVEL_UNSPECIFIED} to take a logger's own level away
   */
  public List<LoggerLevel> setLogLevel(String logger, LogLevel level) {
    SetLogLevelRequest request =
        SetLogLevelRequest.newBuilder().setLogger(logger).setLevel(level).build();
    return call(() -> administration().setLogLevel(request).getLogLevelsList());
  }

  /**
   * The agents of a swarm that are connected now, and those whose breaker is not closed or was not,
   * connected or not; by name.
   */
  public ListAgentsResponse listAgents(String swarm) {
    ListAgentsResponse.Builder all = ListAgentsResponse.newBuilder();
    String pageToken = "";
    do {
      ListAgentsRequest request =
          ListAgentsRequest.newBuilder()
              .setSwarm(swarm)
              .setPageSize(PAGE_SIZE)
              .setPageToken(pageToken)
              .build();
      ListAgentsResponse page = call(() -> administration().listAgents(request));
      all.addAllAgents(page.getAgentsList())
          .addAllBreakers(page.getBreakersList())
          .setConnectedAgents(page.getConnectedAgents());
      pageToken = page.getNextPageToken();
    } while (!pageToken.isEmpty());
    return all.build();
  }

  /** The coordinator itself. */
  public GetStatusResponse status() {
    return call(() -> administration().getStatus(GetStatusRequest.getDefaultInstance()));
  }

  /**
   * A swarm's log as it grows, all scopes of it. Where it goes on beyond the head, only the first
   * frame has to come in time, and of telemetry not even that.
   */
  public FrameStream<TailResponse> tail(TailRequest request) {
    boolean ends = request.getStopAtHead();
    return stream(
        () -> ObservationServiceGrpc.newBlockingStub(connection.channel()).tail(request),
        ends || request.getLog() != Log.LOG_TELEMETRY ? timeout : null,
        ends ? timeout : null);
  }

  /**
   * What is known of one operation: when it was published and durable, and for each agent when it
   * was given it and applied it, or why it has not. Of {@code main} or {@code control};
   * INVALID_ARGUMENT beyond the head, BELOW_HORIZON at or below the horizon.
   */
  public GetOperationLifeResponse getOperationLife(GetOperationLifeRequest request) {
    return call(() -> observation().getOperationLife(request));
  }

  /** How the coordinator and its swarms are doing; cheap enough to be asked every second. */
  public GetOverviewResponse getOverview(GetOverviewRequest request) {
    return call(() -> observation().getOverview(request));
  }

  /** The connected agents of a swarm that have most before them. */
  public ListBacklogsResponse listBacklogs(ListBacklogsRequest request) {
    return call(() -> observation().listBacklogs(request));
  }

  /**
   * What changed for a view since a position: the plan, then pages, snapshot pages where keyed
   * state follows, then the receipt.
   */
  public FrameStream<SyncResponse> sync(SyncRequest request) {
    return stream(
        () -> SyncServiceGrpc.newBlockingStub(connection.channel()).sync(request),
        timeout,
        timeout);
  }

  /** What a sync of the same request would send now, and why; sends nothing of it. */
  public PlanSyncResponse planSync(PlanSyncRequest request) {
    return call(
        () ->
            SyncServiceGrpc.newBlockingStub(connection.channel())
                .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS)
                .planSync(request));
  }

  /** How state and events changed between two operations: pages, then the summary. */
  public FrameStream<DiffResponse> diff(DiffRequest request) {
    return stream(
        () -> SyncServiceGrpc.newBlockingStub(connection.channel()).diff(request),
        timeout,
        timeout);
  }

  /** What agents held that was not the log's, newest first, as far as the coordinator knows. */
  public ListDriftResponse listDrift(String swarm) {
    return call(() -> drift().listDrift(ListDriftRequest.newBuilder().setSwarm(swarm).build()));
  }

  /**
   * What one or two connected agents hold that is not the log's where they stand. Changes nothing.
   * The agents are asked and answer in order with what is delivered to them, so one that is slow
   * takes its time; AGENT_NOT_CONNECTED if one is not there, or is just being mended.
   */
  public CompareAgentsResponse compareAgents(CompareAgentsRequest request) {
    return call(() -> drift().compareAgents(request));
  }

  /** Feeds an agent again that drifted too often; INVALID_ARGUMENT if it is being fed. */
  public void releaseAgent(String swarm, String agent) {
    ReleaseAgentRequest request =
        ReleaseAgentRequest.newBuilder().setSwarm(swarm).setAgent(agent).build();
    call(() -> drift().releaseAgent(request));
  }

  /**
   * A page of what agents could not apply and was set aside (parked), without payloads, by agent,
   * log and operation; with it what there is in the whole swarm. Where its token is not empty, ask
   * for the next page with it.
   */
  public ListParkedResponse listParked(ListParkedRequest request) {
    return call(() -> parking().listParked(request));
  }

  /**
   * One operation that an agent could not apply, with its payload; NOT_PARKED if it is neither
   * parked nor waits to be tried again.
   */
  public ParkedOperation getParked(GetParkedRequest request) {
    return call(() -> parking().getParked(request).getOperation());
  }

  /**
   * Has an agent try again what is parked for it: each operation is appended again, for this agent
   * alone, durably. What a later operation on its key has superseded, or what has expired, is
   * forgotten instead. A call handles a bounded number of operations: call again until the answer
   * is complete, which it may never be with an agent that parks again what it is given. NOT_PARKED
   * if it names an operation that is not.
   */
  public ReplayParkedResponse replayParked(ReplayParkedRequest request) {
    return call(() -> parking().replayParked(request));
  }

  /**
   * Forgets what is parked, for good: the agents stay without it. A call handles a bounded number
   * of operations: call again until the answer is complete. NOT_PARKED if it names an operation
   * that is not.
   */
  public PurgeParkedResponse purgeParked(PurgeParkedRequest request) {
    return call(() -> parking().purgeParked(request));
  }

  /** Closes the connection if it is the client's own. */
  @Override
  public void close() {
    if (ownsConnection) {
      connection.close();
    }
  }

  private AdministrationServiceBlockingStub administration() {
    return AdministrationServiceGrpc.newBlockingStub(connection.channel())
        .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  private ObservationServiceBlockingStub observation() {
    return ObservationServiceGrpc.newBlockingStub(connection.channel())
        .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  private DriftServiceBlockingStub drift() {
    return DriftServiceGrpc.newBlockingStub(connection.channel())
        .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  private ParkingServiceBlockingStub parking() {
    return ParkingServiceGrpc.newBlockingStub(connection.channel())
        .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  private <T> T call(Supplier<T> call) {
    connection.resetChannelBackoff();
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      throw Failure.of(e, connection.target()).toException();
    }
  }

  private <T> FrameStream<T> stream(
      Supplier<Iterator<T>> start, @Nullable Duration first, @Nullable Duration afterwards) {
    connection.resetChannelBackoff();
    Context.CancellableContext context = Context.current().withCancellation();
    Context before = context.attach();
    try {
      return new FrameStream<>(start.get(), context, connection.target(), first, afterwards);
    } finally {
      context.detach(before);
    }
  }
}
