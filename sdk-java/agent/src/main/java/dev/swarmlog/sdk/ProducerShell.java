package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import io.grpc.SynchronizationContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The input and output of a {@link ProducerSession}: a stream, a timer, and futures. Callers,
 * network threads and the timer enter the session through one synchronization context, which never
 * blocks; all fields but that belong to it.
 */
final class ProducerShell implements ProducerSession.Output<ProducerShell.Pending> {
  private static final System.Logger LOG = System.getLogger(ProducerShell.class.getName());
  private static final int MAX_IN_FLIGHT_GROUPS = ContractConduct.PUBLISHER.getMaxInFlightGroups();

  /** A published group whose future is not complete. */
  record Pending(CompletableFuture<GroupPosition> future, int bytes, PublishSpan span) {}

  private final SwarmConnection connection;
  private final QueueBound bound;
  private final PublisherMonitor monitor;
  private final Executor completions;
  private final SynchronizationContext context;
  private final ProducerSession<Pending> session;
  private @Nullable ClientStream<PublishStreamRequest, PublishStreamResponse> stream;
  private @Nullable Future<?> timer;

  ProducerShell(
      SwarmConnection connection,
      String swarm,
      String publisher,
      String producerId,
      Log log,
      QueueBound bound,
      PublisherMonitor monitor,
      Executor completions) {
    this.connection = connection;
    this.bound = bound;
    this.monitor = monitor;
    this.completions = completions;
    this.context =
        new SynchronizationContext(
            (thread, thrown) ->
                LOG.log(System.Logger.Level.ERROR, "A step of the producer failed", thrown));
    this.session =
        new ProducerSession<>(
            swarm,
            publisher,
            producerId,
            log,
            MAX_IN_FLIGHT_GROUPS,
            this,
            new Backoff(connection.random()));
  }

  /** Publishes a group that has its room in the bound. */
  void publish(PublishGroup group, Pending pending) {
    step(() -> session.offer(pending, group));
  }

  /** Fails what is not answered, and ends the stream. */
  void close() {
    step(session::close);
  }

  @Override
  public void openStream(ProducerHello hello) {
    connection.resetChannelBackoff();
    ClientStream<PublishStreamRequest, PublishStreamResponse> opened =
        ClientStream.open(
            PublishServiceGrpc.newStub(connection.channel())::publishStream,
            connection.target(),
            context,
            new Events());
    stream = opened;
    opened.send(PublishStreamRequest.newBuilder().setHello(hello).build());
    opened.request(1);
  }

  @Override
  public void endStream() {
    if (stream != null) {
      stream.endGently(connection.timer());
      stream = null;
    }
  }

  @Override
  public void sent(Pending pending) {
    pending.span().sent();
  }

  @Override
  public void appended(Pending pending, GroupPosition where) {
    answered(pending);
    pending.span().appended(where);
    completions.execute(() -> pending.future().complete(where));
  }

  @Override
  public void failed(Pending pending, Failure why) {
    fail(pending, why.toException());
  }

  @Override
  public void outcomeUnknown(Pending pending, Failure why) {
    fail(pending, why.toOutcomeUnknown());
  }

  @Override
  public void acknowledgedLost(long groups, Position newest) {
    monitor.lost(groups, newest);
  }

  private void fail(Pending pending, SwarmlogException why) {
    answered(pending);
    pending.span().failed(why);
    completions.execute(() -> pending.future().completeExceptionally(why));
  }

  private void answered(Pending pending) {
    bound.release(pending.bytes());
    monitor.answered();
  }

  @Override
  public void startTimer(long delayNs) {
    if (timer != null) {
      timer.cancel(false);
    }
    try {
      timer =
          connection.timer().schedule(() -> step(session::timer), delayNs, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "The connection was closed before its publisher", e);
      session.close();
    }
  }

  @Override
  public void breakerChanged(PublisherState.Breaker changed, @Nullable Failure why, long forNs) {
    monitor.breakerChanged(changed, why, forNs);
  }

  @Override
  public void waits(Failure why, long forNs) {
    monitor.waits(why, forNs);
  }

  @Override
  public void resumed() {
    monitor.resumed();
  }

  private void step(Runnable step) {
    context.execute(
        () -> {
          step.run();
          writeWhatFits();
        });
  }

  private void writeWhatFits() {
    while (stream != null && stream.isReady()) {
      PublishGroup next = session.poll();
      if (next == null) {
        return;
      }
      stream.send(PublishStreamRequest.newBuilder().setGroup(next).build());
    }
  }

  private final class Events implements ClientStream.Events<PublishStreamResponse> {
    @Override
    public void frame(PublishStreamResponse frame) {
      long nowNs = connection.nanoTime();
      switch (frame.getFrameCase()) {
        case WELCOME -> session.welcome(frame.getWelcome(), nowNs);
        case ACK -> session.acked(frame.getAck(), nowNs);
        case REFUSAL -> session.refused(frame.getRefusal(), nowNs);
        case FRAME_NOT_SET -> {
          // A frame of a later version that answers nothing of ours.
        }
      }
      if (stream != null) {
        stream.request(1);
      }
      writeWhatFits();
    }

    @Override
    public void ended(Failure why) {
      stream = null;
      session.streamEnded(why, connection.nanoTime());
      writeWhatFits();
    }

    @Override
    public void writable() {
      writeWhatFits();
    }
  }
}
