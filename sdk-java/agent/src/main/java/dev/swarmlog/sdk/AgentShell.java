package dev.swarmlog.sdk;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.Attach;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SessionServiceGrpc;
import io.grpc.SynchronizationContext;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The input and output of an {@link AgentSession}: streams, timers, handlers.
 *
 * <p>Network threads, the timer thread and handler threads all enter the session through one
 * synchronization context, which runs one step at a time on whichever thread brought it and never
 * blocks. All fields but the context belong to it.
 */
final class AgentShell implements AgentSession.Output, LaneHandler.Answers {
  private static final System.Logger LOG = System.getLogger(AgentShell.class.getName());

  private final SwarmConnection connection;
  private final SynchronizationContext context;
  private final AgentSession session;
  private final Map<Log, LaneHandler> handlers = new EnumMap<>(Log.class);
  private final Map<Log, ClientStream<DataRequest, DataResponse>> lanes = new EnumMap<>(Log.class);
  private final Map<TimerKey, ScheduledFuture<?>> timers = new HashMap<>();
  private final SyncSpans syncs;
  // While the session is told that a step is committed.
  private @Nullable AckSpans acking;
  private @Nullable ClientStream<ControlRequest, ControlResponse> control;
  private boolean watchesConnection;
  // Written in the context after each heartbeat, read by anyone.
  private volatile Optional<ClockOffset> clockOffset = Optional.empty();

  AgentShell(
      SwarmConnection connection,
      Hello identity,
      Collection<Log> logs,
      AgentCursor cursor,
      Set<Log> lacking,
      AgentListener listener,
      @Nullable Long stateIntervalNs,
      SyncSpans syncs,
      Function<LaneHandler.Answers, Map<Log, LaneHandler>> handlers) {
    this.connection = connection;
    this.syncs = syncs;
    this.context =
        new SynchronizationContext(
            (thread, thrown) ->
                LOG.log(System.Logger.Level.ERROR, "A step of the session failed", thrown));
    this.session =
        new AgentSession(
            identity,
            logs,
            cursor,
            lacking,
            this,
            listener,
            () -> new Backoff(connection.random()),
            stateIntervalNs);
    this.handlers.putAll(handlers.apply(this));
  }

  void start() {
    step(session -> session.start());
  }

  void close() {
    step(session -> session.close(connection.nanoTime()));
  }

  void abort() {
    step(AgentSession::abort);
  }

  /** Runs a step of the session: at once, or right after the one under way. */
  void step(Consumer<AgentSession> step) {
    context.execute(() -> step.accept(session));
  }

  Optional<ClockOffset> clockOffset() {
    return clockOffset;
  }

  /** Nothing is committed any more. */
  void abandonSpans() {
    handlers.values().forEach(LaneHandler::abandonSpans);
  }

  /** Whether the calling thread is in one of the agent's handlers. */
  boolean isInHandler() {
    return handlers.values().stream().anyMatch(LaneHandler::isCurrentThread);
  }

  // From handler threads.

  @Override
  public void applied(Log log, PreparedStep done, AckSpans acks) {
    long appliedUnixNs = unixNanos(connection.clock());
    step(
        session -> {
          acking = acks;
          try {
            session.applied(log, done, connection.nanoTime(), appliedUnixNs);
          } finally {
            acking = null;
            acks.notSent();
          }
        });
  }

  @Override
  public void failed(Log log) {
    step(session -> session.applyFailed(log, connection.nanoTime()));
  }

  @Override
  public void refused(Log log, Nack nack, int appliedBefore) {
    step(session -> session.refused(log, nack, appliedBefore, connection.nanoTime()));
  }

  @Override
  public void stopped(Failure why) {
    step(session -> session.handlerStopped(why));
  }

  // From the session.

  @Override
  public void openControl(Hello hello) {
    connection.resetChannelBackoff();
    ClientStream<ControlRequest, ControlResponse> opened =
        ClientStream.open(
            SessionServiceGrpc.newStub(connection.channel())::control,
            connection.target(),
            context,
            new ControlEvents());
    control = opened;
    opened.send(ControlRequest.newBuilder().setHello(hello).build());
    opened.request(1);
  }

  @Override
  public void openLane(String sessionId, Log log, LogPlan plan) {
    TraceContext.Text trace = syncs.attach(plan);
    ClientStream<DataRequest, DataResponse> opened =
        ClientStream.open(
            SessionServiceGrpc.newStub(connection.channel())::data,
            connection.target(),
            context,
            new LaneEvents(log));
    lanes.put(log, opened);
    opened.send(
        DataRequest.newBuilder()
            .setAttach(
                Attach.newBuilder()
                    .setSessionId(sessionId)
                    .setLog(log)
                    .setTraceparent(trace.traceparent())
                    .setTracestate(trace.tracestate()))
            .build());
  }

  @Override
  public void deltaBegan(Position from, Position head) {
    syncs.fellBehind(from, head);
  }

  @Override
  public void syncEnded(Log log, @Nullable SyncReport report, long received, long duplicates) {
    syncs.ended(log, report, received, duplicates);
  }

  @Override
  public void endStreams(boolean gently) {
    syncs.interrupted();
    if (control != null) {
      end(control, gently);
      control = null;
    }
    lanes.values().forEach(stream -> end(stream, gently));
    lanes.clear();
  }

  @Override
  public void sendHeartbeat(Heartbeat.Builder known) {
    if (control != null) {
      long runningMs = 0;
      for (LaneHandler handler : handlers.values()) {
        runningMs = Math.max(runningMs, handler.runningMs());
      }
      long heldMs = 0;
      for (Map.Entry<TimerKey, ScheduledFuture<?>> timer : timers.entrySet()) {
        if (timer.getKey().kind() == TimerKey.Kind.BREAKER) {
          heldMs = Math.max(heldMs, timer.getValue().getDelay(TimeUnit.MILLISECONDS));
        }
      }
      control.send(
          ControlRequest.newBuilder()
              .setHeartbeat(
                  known
                      .setSentUnixNano(unixNanos(connection.clock()))
                      .setHandlerRunningMs(runningMs)
                      .setHandlerHeldMs(heldMs))
              .build());
    }
  }

  @Override
  public void sendAck(Ack ack) {
    send(ack.getApplied().getLog(), DataRequest.newBuilder().setAck(ack).build());
    if (acking != null) {
      acking.sent();
    }
  }

  @Override
  public void sendDigests(Log log, DigestReport report) {
    send(log, DataRequest.newBuilder().setDigestReport(report).build());
  }

  @Override
  public void requestFrame(Log log) {
    ClientStream<DataRequest, DataResponse> stream = lanes.get(log);
    if (stream != null) {
      stream.request(1);
    }
  }

  @Override
  public void deliver(LaneStep step) {
    handler(step.log()).deliver(step);
  }

  @Override
  public void deliverAgain(Log log) {
    handler(log).deliverAgain();
  }

  @Override
  public void goOn(Log log) {
    handler(log).goOn();
  }

  @Override
  public void sendNack(Nack nack) {
    if (control != null) {
      control.send(ControlRequest.newBuilder().setNack(nack).build());
    }
  }

  @Override
  public void startTimer(TimerKey key, long delayNs) {
    Future<?> replaced = timers.remove(key);
    if (replaced != null) {
      replaced.cancel(false);
    }
    TimerTask task = new TimerTask(key);
    try {
      ScheduledFuture<?> started =
          connection.timer().schedule(() -> context.execute(task), delayNs, TimeUnit.NANOSECONDS);
      task.self = started;
      timers.put(key, started);
    } catch (RejectedExecutionException e) {
      session.handlerStopped(
          Failure.localTerminal(
              "Expected the connection to be open, but it was closed: close agents before their connection",
              e));
    }
  }

  static long unixNanos(InstantSource clock) {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  private void send(Log log, DataRequest frame) {
    ClientStream<DataRequest, DataResponse> stream = lanes.get(log);
    if (stream != null) {
      stream.send(frame);
    }
  }

  private void streamEnded(Failure why) {
    session.streamEnded(why, connection.nanoTime());
    if (session.waitsUnserved() && !watchesConnection) {
      watchesConnection =
          connection.whenLost(
              () ->
                  step(
                      session -> {
                        watchesConnection = false;
                        session.connectionLost(connection.nanoTime());
                      }));
    }
  }

  private LaneHandler handler(Log log) {
    LaneHandler handler = handlers.get(log);
    if (handler == null) {
      throw new IllegalStateException("Expected a handler for the lane " + Lanes.name(log));
    }
    return handler;
  }

  private void end(ClientStream<?, ?> stream, boolean gently) {
    if (gently) {
      stream.endGently(connection.timer());
    } else {
      stream.end();
    }
  }

  /** Fires unless it was replaced or cancelled while it waited for its turn. */
  private final class TimerTask implements Runnable {
    private final TimerKey key;
    private @Nullable Future<?> self;

    TimerTask(TimerKey key) {
      this.key = key;
    }

    @Override
    public void run() {
      if (self != null && timers.remove(key, self)) {
        session.timer(key, connection.nanoTime());
      }
    }
  }

  private final class ControlEvents implements ClientStream.Events<ControlResponse> {
    @Override
    public void frame(ControlResponse frame) {
      session.controlFrame(frame, connection.nanoTime(), unixNanos(connection.clock()));
      clockOffset = session.clockOffset();
      if (control != null) {
        control.request(1);
      }
    }

    @Override
    public void ended(Failure why) {
      streamEnded(why);
    }

    @Override
    public void writable() {
      // Heartbeats are few and small: nothing waits for this stream.
    }
  }

  private final class LaneEvents implements ClientStream.Events<DataResponse> {
    private final Log log;

    LaneEvents(Log log) {
      this.log = log;
    }

    @Override
    public void frame(DataResponse frame) {
      syncs.frame(log, frame);
      session.laneFrame(log, frame, connection.nanoTime());
    }

    @Override
    public void ended(Failure why) {
      streamEnded(why);
    }

    @Override
    public void writable() {
      // Acks are bounded by one per delivery: nothing waits for this stream.
    }
  }
}
