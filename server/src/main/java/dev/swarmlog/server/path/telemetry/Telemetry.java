package dev.swarmlog.server.path.telemetry;

import dev.swarmlog.otel.OperationMeter;
import dev.swarmlog.otel.Stage;
import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.ProcessTerminator;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.Threads;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.TelemetryDelivery;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * The single writer of the telemetry log. What finds no room in its queue is shed by whoever offers
 * it.
 *
 * <p>Any thread offers; the writer thread takes, appends, hands out, and flushes to the device at
 * an interval. What finds no room on the device is shed, too, and the log taken up again when there
 * is some.
 */
@Singleton
public final class Telemetry {

  /** Left to the operating system; the queue is looked at this often all the same. */
  private static final Duration NEVER = Duration.ofDays(36_500);

  private static final long DROP_EVERY_NS = TimeUnit.MINUTES.toNanos(1);
  private static final long TRY_EVERY_NS = TimeUnit.SECONDS.toNanos(1);
  private static final String DISK_USER = "telemetry";
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final TelemetryLog log;
  private final TelemetryTails tails;
  private final Limits limits;
  private final TimeSource time;
  private final OperationMeter meter;
  private final DiskSpace disk;
  private final ProcessTerminator terminator;
  private final Duration flushInterval;
  private final Duration retention;
  private final TelemetryQueue queue;
  private final Threads threads;
  private volatile boolean stopping;
  private volatile Threads.@Nullable Running running;

  // Owned by the writer.
  private long lastFlushNs;
  private long lastDropNs;
  private boolean dirty;

  // Owned by the writer thread.
  private boolean withoutRoom;
  private long nextTryNs;

  @Inject
  public Telemetry(
      TelemetryLog log,
      Limits limits,
      Instruments instruments,
      DiskSpace disk,
      ProcessTerminator terminator,
      Threads threads,
      ServerConfiguration configuration) {
    this.log = log;
    this.limits = limits;
    this.tails = new TelemetryTails(limits);
    this.queue =
        new TelemetryQueue(limits.maxQueuedTelemetryRecords(), limits.maxQueuedTelemetryBytes());
    this.time = instruments.time();
    this.meter = instruments.operations();
    this.disk = disk;
    this.terminator = terminator;
    this.flushInterval = configuration.telemetrySync().orElse(NEVER);
    this.retention = configuration.telemetryRetention();
    this.threads = threads;
  }

  /**
   * Records of one publisher.
   *
   * @param records at least one
   * @param receivedNs when they came, on the monotonic clock
   * @param listener told on the writer thread what became of them; must not block
   */
  public record Batch(
      String swarm,
      String publisher,
      List<PublishRecord> records,
      int bytes,
      long receivedNs,
      Listener listener) {}

  /** Hears what became of a batch, once. */
  public interface Listener {

    /** All of it is taken; with the sequence of the last record. */
    void appended(long sequence);

    /** It is shed after all. */
    void refused(Refusal refusal);
  }

  /** Offers a batch; false means that it is shed. */
  public boolean offer(Batch batch) {
    return !stopping && queue.offer(batch);
  }

  /**
   * Subscribes an agent to what comes from now on. How late it is given that is measured.
   *
   * @param executor serial
   * @param isReady whether the reader's window is open
   * @param sink given deliveries on the executor
   */
  public TelemetrySubscription subscribe(
      String swarm,
      View view,
      Executor executor,
      BooleanSupplier isReady,
      Consumer<TelemetryDelivery> sink) {
    OperationMeter.OfSwarm ofSwarm = meter.of(swarm);
    return join(
        swarm,
        view,
        executor,
        isReady,
        sink,
        lagNs -> ofSwarm.record(Stage.DELIVER, Topic.TOPIC_TELEMETRY, lagNs));
  }

  /** The same for somebody who only looks on: lag is that of agents. */
  public TelemetrySubscription observe(
      String swarm,
      View view,
      Executor executor,
      BooleanSupplier isReady,
      Consumer<TelemetryDelivery> sink) {
    return join(swarm, view, executor, isReady, sink, lagNs -> {});
  }

  private TelemetrySubscription join(
      String swarm,
      View view,
      Executor executor,
      BooleanSupplier isReady,
      Consumer<TelemetryDelivery> sink,
      LongConsumer handedOut) {
    return tails.join(
        swarm,
        tail ->
            new TelemetryLane(
                tail,
                view,
                executor,
                isReady,
                sink,
                handedOut,
                limits.maxDeliveryBytes(),
                lane -> tails.leave(swarm, lane),
                time));
  }

  /**
   * The newest operations of a swarm that are stored, oldest first, without those that have expired
   * by the wall clock. Reads from disk: call it where blocking is allowed.
   *
   * @param maxOperations cut to what a reader's tail may hold, in bytes too
   */
  public List<Operation> latest(String swarm, long maxOperations) {
    int bounded =
        Long.compareUnsigned(maxOperations, limits.maxTelemetryRecordsPerReader()) > 0
            ? limits.maxTelemetryRecordsPerReader()
            : (int) maxOperations;
    List<StoredOperation> stored = log.readLatest(swarm, bounded);
    int first = stored.size();
    long bytes = 0;
    while (first > 0
        && bytes + stored.get(first - 1).bytes().length <= limits.maxTelemetryBytesPerReader()) {
      first--;
      bytes += stored.get(first).bytes().length;
    }
    long nowUnixNs = time.unixNs();
    return stored.subList(first, stored.size()).stream()
        .filter(operation -> !operation.isExpired(nowUnixNs))
        .map(StoredOperation::toProto)
        .toList();
  }

  /** As {@link TelemetryLog#writeOutBuffers}. */
  public void writeOutBuffers(long roomBytes) {
    var unused = log.writeOutBuffers(roomBytes);
  }

  /** Starts the writer thread. */
  public void start() {
    lastFlushNs = time.monotonicNs();
    lastDropNs = lastFlushNs - DROP_EVERY_NS;
    running =
        threads.start(
            "telemetry-writer",
            Math.min(LOOK_NS, flushInterval.toNanos()),
            this::step,
            this::ended);
  }

  /** Appends what waits, flushes, and ends the thread. */
  public void stop() throws InterruptedException {
    stopping = true;
    Threads.Running started = running;
    if (started != null) {
      started.join(NEVER);
    }
  }

  /** Appends at most one batch, and flushes and drops what is due. */
  private boolean step(long waitNs) throws InterruptedException {
    if (stopping && queue.isEmpty()) {
      if (!withoutRoom) {
        log.sync();
      }
      return false;
    }
    Batch batch = queue.poll(waitNs);
    if (batch != null) {
      dirty |= take(batch);
    }
    if (withoutRoom) {
      tryAgain();
      return true;
    }
    if (dirty && time.monotonicNs() - lastFlushNs >= flushInterval.toNanos()) {
      log.sync();
      lastFlushNs = time.monotonicNs();
      dirty = false;
    }
    if (time.monotonicNs() - lastDropNs >= DROP_EVERY_NS) {
      ifThereIsRoom(() -> log.dropBefore(time.unixNs() - retention.toNanos()));
      lastDropNs = time.monotonicNs();
    }
    return true;
  }

  private void ended(@Nullable Throwable failure) {
    if (failure instanceof StorageException refused) {
      terminator.storageFailed(refused);
    } else if (failure != null) {
      terminator.terminate(
          ProcessTerminator.STORAGE_FAILED_EXIT_CODE,
          "Expected to store telemetry, but that failed: " + failure,
          failure);
    }
  }

  /** Appends a batch, or sheds it for want of space; answers whether it was appended. */
  private boolean take(Batch batch) {
    boolean appended = !withoutRoom && ifThereIsRoom(() -> append(batch));
    if (!appended) {
      batch.listener().refused(DiskSpace.noRoom());
    }
    return appended;
  }

  /**
   * Until there is room again everything is shed, which is better than to make its senders wait.
   */
  private boolean ifThereIsRoom(Runnable write) {
    try {
      write.run();
      return true;
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DISK_FULL) {
        throw e;
      }
      withoutRoom = true;
      nextTryNs = time.monotonicNs();
      disk.full(DISK_USER, /* mayHaveReserve= */ false);
      return false;
    }
  }

  private void tryAgain() {
    if (time.monotonicNs() - nextTryNs < 0) {
      return;
    }
    nextTryNs = time.monotonicNs() + TRY_EVERY_NS;
    try {
      log.reopen();
      withoutRoom = false;
      disk.roomAgain(DISK_USER);
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DISK_FULL) {
        throw e;
      }
    }
  }

  private void append(Batch batch) {
    List<StoredOperation> stored =
        log.append(batch.swarm(), batch.publisher(), batch.records(), time.unixNs());
    long storedNs = time.monotonicNs();
    meter
        .of(batch.swarm())
        .record(Stage.APPEND, Topic.TOPIC_TELEMETRY, storedNs - batch.receivedNs());
    tails.append(batch.swarm(), stored, storedNs);
    batch.listener().appended(stored.get(stored.size() - 1).opId());
  }
}
