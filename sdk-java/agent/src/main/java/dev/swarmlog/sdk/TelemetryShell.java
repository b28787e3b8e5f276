package dev.swarmlog.sdk;

import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import io.grpc.SynchronizationContext;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The input and output of a {@link TelemetrySession}: a stream, a timer, a bounded queue and its
 * counts. Thread-safe in the way of {@link ProducerShell}.
 */
final class TelemetryShell implements TelemetrySession.Output {
  private static final System.Logger LOG = System.getLogger(TelemetryShell.class.getName());

  private final SwarmConnection connection;
  private final int maxRecords;
  private final long maxBytes;
  private final SynchronizationContext context;
  private final TelemetrySession session;
  private @Nullable ClientStream<TelemetryRequest, TelemetryResponse> stream;

  private final Object lock = new Object();
  // All guarded by the lock. offered - taken - shed - dropped is what is queued or in flight, with
  // its bytes.
  private long offered;
  private long taken;
  private long shed;
  private long dropped;
  private long bytes;

  TelemetryShell(
      SwarmConnection connection, String swarm, String publisher, int maxRecords, long maxBytes) {
    this.connection = connection;
    this.maxRecords = maxRecords;
    this.maxBytes = maxBytes;
    this.context =
        new SynchronizationContext(
            (thread, thrown) ->
                LOG.log(System.Logger.Level.ERROR, "A step of the telemetry failed", thrown));
    this.session = new TelemetrySession(swarm, publisher, this, new Backoff(connection.random()));
  }

  /** Queues a record; false if it was dropped at once. */
  boolean offer(PublishRecord record) {
    int size = record.getSerializedSize();
    synchronized (lock) {
      offered++;
      if (unsettled() > maxRecords || bytes + size > maxBytes) {
        dropped++;
        return false;
      }
      bytes += size;
    }
    step(() -> session.offer(record));
    return true;
  }

  TelemetryCounts counts() {
    synchronized (lock) {
      return new TelemetryCounts(offered, taken, shed, dropped);
    }
  }

  /** Waits for what is queued, then drops the rest. */
  void close(Duration timeout) throws InterruptedException {
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    synchronized (lock) {
      long leftMs = timeout.toMillis();
      while (unsettled() > 0 && leftMs > 0) {
        lock.wait(leftMs);
        leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
      }
    }
    step(session::close);
  }

  @Override
  public void openStream(TelemetryHello hello) {
    connection.resetChannelBackoff();
    ClientStream<TelemetryRequest, TelemetryResponse> opened =
        ClientStream.open(
            PublishServiceGrpc.newStub(connection.channel())::telemetry,
            connection.target(),
            context,
            new Events());
    stream = opened;
    opened.send(TelemetryRequest.newBuilder().setHello(hello).build());
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
  public void settled(long takenNow, long shedNow, long droppedNow, long settledBytes) {
    synchronized (lock) {
      taken += takenNow;
      shed += shedNow;
      dropped += droppedNow;
      bytes -= settledBytes;
      lock.notifyAll();
    }
  }

  @Override
  public void startTimer(long delayNs) {
    try {
      Future<?> unused =
          connection.timer().schedule(() -> step(session::timer), delayNs, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "The connection was closed before its publisher", e);
      session.close();
    }
  }

  private long unsettled() {
    return offered - taken - shed - dropped;
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
      TelemetryBatch next = session.poll();
      if (next == null) {
        return;
      }
      stream.send(TelemetryRequest.newBuilder().setBatch(next).build());
    }
  }

  private final class Events implements ClientStream.Events<TelemetryResponse> {
    @Override
    public void frame(TelemetryResponse frame) {
      switch (frame.getFrameCase()) {
        case WELCOME -> session.welcome(connection.nanoTime());
        case ACK -> session.acked(frame.getAck());
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
    }

    @Override
    public void writable() {
      writeWhatFits();
    }
  }
}
