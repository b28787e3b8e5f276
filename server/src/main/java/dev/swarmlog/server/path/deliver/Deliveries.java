package dev.swarmlog.server.path.deliver;

import dev.swarmlog.otel.trace.DeliveryTrace;
import dev.swarmlog.server.FrameMemory;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.storage.CommittedRun;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Topic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * The deliveries of one shard: the tails of its logs, and the lanes that read them.
 *
 * <p><b>Threads.</b> {@link #committed} belongs to the shard's writer thread, which also owns
 * {@code oldestFirst} and {@code tailBytes}. Everything else may be called from any thread.
 */
public final class Deliveries {

  /**
   * Batches are cut at this size, between groups, so that a lane whose window opens a little can be
   * given a little.
   */
  private static final int BATCH_BYTES = 64 * 1024;

  private record TailKey(String swarm, Log log) {}

  private final EventLog eventLog;
  private final PageReader pages;
  private final SyncPlanner planner;
  private final Limits limits;
  private final Instruments instruments;
  private final LaneFigures figures;
  private final long maxTailBytes;
  private final FrameMemory frameMemory;
  private final Map<TailKey, SwarmTail> tails = new ConcurrentHashMap<>();
  private final LongAdder operationsDelivered = new LongAdder();
  private final LongAdder operationsCommitted = new LongAdder();

  // Owned by the writer thread. One element per batch held in any tail, oldest first.
  private final ArrayDeque<SwarmTail> oldestFirst = new ArrayDeque<>();
  private long tailBytes;

  /**
   * The deliveries of one shard.
   *
   * @param readers may block; reads pages from disk
   * @param maxTailBytes of all tails of the shard together
   * @param frameMemory of all shards
   */
  public Deliveries(
      EventLog eventLog,
      Executor readers,
      Limits limits,
      long maxTailBytes,
      FrameMemory frameMemory,
      Instruments instruments) {
    this.instruments = instruments;
    this.figures = new LaneFigures(instruments.meters());
    this.eventLog = eventLog;
    this.pages = new PageReader(eventLog, readers);
    this.planner = new SyncPlanner(eventLog, limits.maxDeliveryBytes());
    this.limits = limits;
    this.maxTailBytes = maxTailBytes;
    this.frameMemory = frameMemory;
  }

  /** Hands what has become durable to the lanes. Writer thread. */
  public void committed(List<CommittedRun> runs, CommitTimes times) {
    for (CommittedRun run : runs) {
      operationsCommitted.add(run.operations().size());
      SwarmTail tail = tail(run.swarm(), run.log());
      Map<Long, DeliveryTrace> traces = traces(run, tail.agents());
      count(run, tail, times);
      if (run.to().getOpId() <= tail.head().getOpId()) {
        // The tail was made just now, from a head that covers this run.
        tail.covers(run.fromExclusive(), run.to().getOpId(), times);
        continue;
      }
      List<TailBatch> batches = cut(run, times, traces);
      List<LogLane> woken = List.copyOf(tail.append(batches, run.to()));
      for (TailBatch batch : batches) {
        oldestFirst.addLast(tail);
        tailBytes += batch.bytes();
      }
      woken.forEach(LogLane::wake);
      evict(tail);
    }
  }

  /**
   * Opens a lane. It does nothing before its first {@link Lane#wake}.
   *
   * @param executor serial; all of the lane's work is done there
   */
  public Lane open(LaneRequest request, Executor executor, LaneSink sink) {
    return new LogLane(
        request,
        tail(request.swarm(), request.log()),
        pages,
        executor,
        sink,
        limits,
        instruments,
        figures,
        frameMemory,
        operationsDelivered);
  }

  /** Begins to plan how one log of a reader is brought up to date. */
  public SyncPlanning plan(SyncReader reader) {
    return planner.begin(reader);
  }

  /**
   * Begins to plan, and to measure what would be sent.
   *
   * @param maxElisions how many elisions are named
   */
  public SyncMeasurement measure(SyncReader reader, int maxElisions) {
    return new MeasuringCourse(planner, reader, maxElisions);
  }

  /**
   * What changed between two operations of a log.
   *
   * @param bounds from a position held whole; the target is at most the head
   */
  public DiffFrames diff(SwarmState swarm, Log log, View view, DeltaBounds bounds) {
    return new DiffCourse(
        new LogReading(eventLog, swarm.name(), log, limits.maxDeliveryBytes()),
        swarm.head(log),
        view,
        bounds);
  }

  /** Operations handed to lanes since the start. */
  public long operationsDelivered() {
    return operationsDelivered.sum();
  }

  /** Operations appended since the start. */
  public long operationsCommitted() {
    return operationsCommitted.sum();
  }

  /** What has gone through the logs of a swarm. */
  public LogTraffic traffic(String swarm) {
    long nowNs = instruments.time().monotonicNs();
    return LogTraffic.of(
        Stream.of(Log.LOG_CONTROL, Log.LOG_MAIN)
            .map(log -> tails.get(new TailKey(swarm, log)))
            .filter(Objects::nonNull)
            .map(tail -> tail.figures().read(nowNs))
            .toList());
  }

  /** When an operation was committed; unknown if it is not in memory any more. */
  public CommitTimes times(String swarm, Log log, long opId) {
    SwarmTail tail = tails.get(new TailKey(swarm, log));
    return tail == null ? CommitTimes.UNKNOWN : tail.times(opId);
  }

  /**
   * A publish group has become durable.
   *
   * @param receivedNs when it was received, on the monotonic clock
   */
  public void received(String swarm, Outcome.Appended group, long receivedNs) {
    if (!group.duplicate()) {
      tail(swarm, group.last().getLog()).received(group.firstOpId(), receivedNs);
    }
  }

  /** When that was; 0 if it is not known any more. */
  public long receivedNs(String swarm, Log log, long groupFirstOpId) {
    SwarmTail tail = tails.get(new TailKey(swarm, log));
    return tail == null ? 0 : tail.receivedNs(groupFirstOpId);
  }

  SwarmTail tail(String swarm, Log log) {
    return tails.computeIfAbsent(new TailKey(swarm, log), key -> newTail(swarm, log));
  }

  private SwarmTail newTail(String swarm, Log log) {
    SwarmState state =
        eventLog
            .swarm(swarm)
            .orElseThrow(() -> new IllegalStateException("Expected swarm " + swarm + " to exist"));
    return new SwarmTail(state.head(log));
  }

  private void count(CommittedRun run, SwarmTail tail, CommitTimes times) {
    Map<Topic, Integer> byTopic = new EnumMap<>(Topic.class);
    run.operations().forEach(each -> byTopic.merge(each.scope().getTopic(), 1, Integer::sum));
    tail.figures().appended(byTopic, times.durableNs());
    byTopic.forEach(instruments.operations().of(run.swarm())::appended);
  }

  /** Of the operations whose publish is sampled. */
  private Map<Long, DeliveryTrace> traces(CommittedRun run, int agents) {
    Map<Long, DeliveryTrace> traces = new HashMap<>();
    for (StoredOperation operation : run.operations()) {
      StoredForm.Publish publish = StoredForm.publish(operation);
      DeliveryTrace trace =
          instruments
              .traces()
              .deliveries()
              .begin(
                  run.swarm(),
                  operation.scope().getTopic(),
                  operation.opId(),
                  publish.traceparent(),
                  publish.tracestate(),
                  agents);
      if (trace != null) {
        traces.put(operation.opId(), trace);
      }
    }
    return traces;
  }

  private static List<TailBatch> cut(
      CommittedRun run, CommitTimes times, Map<Long, DeliveryTrace> traces) {
    List<TailBatch> batches = new ArrayList<>();
    List<StoredOperation> operations = run.operations();
    long fromExclusive = run.fromExclusive();
    int first = 0;
    long bytes = 0;
    for (int i = 0; i < operations.size(); i++) {
      StoredOperation operation = operations.get(i);
      bytes += operation.bytes().length;
      boolean groupEnds = operation.groupLast() == operation.opId();
      boolean last = i == operations.size() - 1;
      if (last || (groupEnds && bytes >= BATCH_BYTES)) {
        batches.add(new TailBatch(fromExclusive, operations.subList(first, i + 1), times, traces));
        fromExclusive = operation.opId();
        first = i + 1;
        bytes = 0;
      }
    }
    return batches;
  }

  private void evict(SwarmTail grown) {
    while (grown.bytes() > limits.maxTailBytesPerSwarm()
        || grown.batchCount() > limits.maxTailBatchesPerSwarm()) {
      tailBytes -= grown.evictOldest();
      oldestFirst.removeFirstOccurrence(grown);
    }
    while (tailBytes > maxTailBytes && !oldestFirst.isEmpty()) {
      tailBytes -= oldestFirst.removeFirst().evictOldest();
    }
  }
}
