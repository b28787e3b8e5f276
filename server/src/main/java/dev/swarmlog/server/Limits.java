package dev.swarmlog.server;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.v1.Topic;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;

/**
 * Every bound of the coordinator, in one place, with the relations between them checked at
 * construction.
 *
 * <p>Immutable; read by all threads. {@code docs/limits.md} explains each to an operator.
 *
 * @param maxPayloadBytes payload of one operation
 * @param maxKeyBytes key of one operation, in UTF-8
 * @param maxNameBytes names of swarms, agents, instances, roles and producers, in UTF-8
 * @param maxTypeBytes content type and schema name of a payload, in UTF-8, each
 * @param maxTraceFieldBytes traceparent and tracestate, each
 * @param maxIdempotencyKeyBytes idempotency key, in UTF-8
 * @param maxGroupRecords records of one publish group or telemetry batch
 * @param maxGroupBytes one publish group or telemetry batch, serialized
 * @param maxInboundMessageBytes one gRPC message from a client
 * @param maxInFlightGroups groups a publishing stream may have unanswered; beyond, the stream is
 *     not read
 * @param maxInFlightBytesPerStream bytes of those groups
 * @param maxQueuedCommandsPerShard commands waiting for a shard's writer; beyond, streams are not
 *     read and unary calls are refused
 * @param maxQueuedBytesPerShard bytes of those commands
 * @param maxEntryCommands commands gathered into one entry: who comes while one is committed waits
 *     for it, so one is small enough to be over soon, and large enough that a flush is shared by
 *     many
 * @param maxEntryBytes commands of one entry, serialized; a single command may exceed it
 * @param maxTailBytesPerSwarm recent operations of one log of a swarm held in memory for live
 *     readers
 * @param maxTailBatchesPerSwarm committed batches of one log of a swarm held in memory
 * @param maxTailBytesPerCoordinator all tails together
 * @param maxFrameTimesBytes when the last frames of all lanes were handed out and acknowledged,
 *     beyond the first few of each lane
 * @param maxDeliveryBytes one delivery, unless a single group is larger
 * @param maxUnacknowledgedOperations operations a lane may have delivered and not acknowledged;
 *     beyond, it waits
 * @param maxUnacknowledgedBytes bytes of those operations
 * @param maxViewScopes scopes of a declared view
 * @param maxRoles roles of an agent
 * @param maxSessions open sessions of a coordinator
 * @param maxUnansweredNacks of one session
 * @param maxSyncCalls calls of the sync service at a time
 * @param maxSwarms swarms of a coordinator
 * @param maxTelemetryRecordsPerReader telemetry waiting for one reader; beyond, the oldest is
 *     dropped and counted
 * @param maxTelemetryBytesPerReader bytes of that
 * @param maxTelemetryBytesPerCoordinator bytes of that, of all swarms; beyond, each has an equal
 *     part
 * @param maxQueuedTelemetryRecords telemetry waiting for the telemetry writer; beyond, it is shed
 *     and counted
 * @param maxQueuedTelemetryBytes bytes of that
 * @param ratePatience how long a group waits for tokens; beyond, it is refused
 * @param maxRateBucketsPerSwarm publishers, each topic counted, whose use of rate limits is
 *     remembered
 * @param maxWaitingPublishesPerSwarm unary publishes that wait for tokens
 * @param maxWaitingPublishBytesPerSwarm bytes of those
 * @param maxWaitingPublishBytes bytes of those of all swarms
 * @param readerThreads threads that read pages from disk for readers that fell behind
 * @param handshakeTimeout from opening a connection to its HTTP/2 preface, and from opening a
 *     stream to its first frame
 * @param heartbeatInterval how often agents are asked to send a heartbeat
 * @param heartbeatTimeout silence after which a session is ended
 * @param maxConnections open connections of a coordinator; more are closed at once
 * @param maxCalls open calls of all connections together
 * @param maxInboundMetadataBytes metadata of one call
 * @param maxConcurrentCallsPerConnection open calls of one connection
 * @param maxUnservedCallsPerConnection open calls of one connection until one of them was served
 * @param maxRefusalsAtOnce refusals of agents that are not served which one connection is given at
 *     once; answers to those that come nevertheless are held back
 * @param maxHold how long such an answer is held back
 * @param maxHeldCallsPerConnection answers held back on one connection, and streams that its client
 *     may have open meanwhile; beyond, calls are refused at once
 * @param maxHeldCalls answers held back on all connections, and connections that are watched for
 *     that; beyond, likewise
 * @param maxResetsPerWindow streams that one connection may have reset per {@code resetWindow};
 *     beyond, it is closed
 * @param resetWindow see {@code maxResetsPerWindow}
 * @param maxIdleFramesPerWindow heartbeats, or acks of nothing new, of one stream per {@code
 *     frameWindow}
 * @param maxControlFramesPerWindow HTTP/2 frames that one connection may send per {@code
 *     frameWindow} and that carry nothing: SETTINGS, RST_STREAM, PRIORITY, CONTINUATION, acks of
 *     PING, unknown ones, and DATA that is empty or padded; beyond, it is closed
 * @param maxFlowControlFramesPerWindow PING and WINDOW_UPDATE frames, likewise
 * @param frameWindow see {@code maxControlFramesPerWindow}
 * @param maxUnreadBytes what all streams together may hold that their clients do not read, and
 *     never more than {@code maxUnreadPercent} of direct memory; before it is reached, whoever has
 *     stalled longest is ended
 * @param maxUnreadPercent see {@code maxUnreadBytes}
 * @param stallPatience for how long a stream must have stalled to be ended for it
 * @param maxMemoryPercent of the heap, after a collection, or of direct memory; beyond, nothing new
 *     is taken on
 * @param relievedMemoryPercent below that it is again
 * @param memoryPatience a collection is asked for when memory is scarce and none came for so long
 * @param flowControlWindowBytes initial HTTP/2 window of a stream: what an unread stream can hold
 *     in memory
 * @param keepAliveTime silence of a connection after which the coordinator pings it
 * @param keepAliveTimeout silence after that ping which closes the connection
 * @param minClientKeepAliveInterval clients that ping more often are disconnected
 * @param maxConnectionIdle a connection without calls is closed after this
 * @param tlsReloadInterval how often the PEM files are looked at
 * @param maxErrorBytes serialized status of one error
 * @param maxListPageSize entries of one page of a listing
 */
public record Limits(
    int maxPayloadBytes,
    int maxKeyBytes,
    int maxNameBytes,
    int maxTypeBytes,
    int maxTraceFieldBytes,
    int maxIdempotencyKeyBytes,
    int maxGroupRecords,
    int maxGroupBytes,
    int maxInboundMessageBytes,
    int maxInFlightGroups,
    int maxInFlightBytesPerStream,
    int maxQueuedCommandsPerShard,
    long maxQueuedBytesPerShard,
    int maxEntryCommands,
    int maxEntryBytes,
    long maxTailBytesPerSwarm,
    int maxTailBatchesPerSwarm,
    long maxTailBytesPerCoordinator,
    long maxFrameTimesBytes,
    int maxDeliveryBytes,
    int maxUnacknowledgedOperations,
    int maxUnacknowledgedBytes,
    int maxViewScopes,
    int maxRoles,
    int maxSessions,
    int maxUnansweredNacks,
    int maxSyncCalls,
    int maxSwarms,
    int maxTelemetryRecordsPerReader,
    int maxTelemetryBytesPerReader,
    long maxTelemetryBytesPerCoordinator,
    int maxQueuedTelemetryRecords,
    int maxQueuedTelemetryBytes,
    Duration ratePatience,
    int maxRateBucketsPerSwarm,
    int maxWaitingPublishesPerSwarm,
    int maxWaitingPublishBytesPerSwarm,
    int maxWaitingPublishBytes,
    int readerThreads,
    Duration handshakeTimeout,
    Duration heartbeatInterval,
    Duration heartbeatTimeout,
    int maxConnections,
    int maxCalls,
    int maxInboundMetadataBytes,
    int maxConcurrentCallsPerConnection,
    int maxUnservedCallsPerConnection,
    int maxRefusalsAtOnce,
    Duration maxHold,
    int maxHeldCallsPerConnection,
    int maxHeldCalls,
    int maxResetsPerWindow,
    Duration resetWindow,
    int maxIdleFramesPerWindow,
    int maxControlFramesPerWindow,
    int maxFlowControlFramesPerWindow,
    Duration frameWindow,
    long maxUnreadBytes,
    int maxUnreadPercent,
    Duration stallPatience,
    int maxMemoryPercent,
    int relievedMemoryPercent,
    Duration memoryPatience,
    int flowControlWindowBytes,
    Duration keepAliveTime,
    Duration keepAliveTimeout,
    Duration minClientKeepAliveInterval,
    Duration maxConnectionIdle,
    Duration tlsReloadInterval,
    int maxErrorBytes,
    int maxListPageSize) {

  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  private static final Limits DEFAULTS =
      new Limits(
          /* maxPayloadBytes= */ MIB,
          /* maxKeyBytes= */ KIB,
          /* maxNameBytes= */ 128,
          /* maxTypeBytes= */ 256,
          /* maxTraceFieldBytes= */ 512,
          /* maxIdempotencyKeyBytes= */ 256,
          /* maxGroupRecords= */ 1_000,
          /* maxGroupBytes= */ 4 * MIB,
          /* maxInboundMessageBytes= */ 4 * MIB + 64 * KIB,
          /* maxInFlightGroups= */ 1_000,
          /* maxInFlightBytesPerStream= */ 8 * MIB,
          /* maxQueuedCommandsPerShard= */ 20_000,
          /* maxQueuedBytesPerShard= */ 64L * MIB,
          /* maxEntryCommands= */ 512,
          /* maxEntryBytes= */ 8 * MIB,
          /* maxTailBytesPerSwarm= */ 16L * MIB,
          /* maxTailBatchesPerSwarm= */ 4_096,
          /* maxTailBytesPerCoordinator= */ 256L * MIB,
          /* maxFrameTimesBytes= */ 32L * MIB,
          /* maxDeliveryBytes= */ 256 * KIB,
          /* maxUnacknowledgedOperations= */ 20_000,
          /* maxUnacknowledgedBytes= */ 16 * MIB,
          /* maxViewScopes= */ 64,
          /* maxRoles= */ 16,
          /* maxSessions= */ 20_000,
          /* maxUnansweredNacks= */ 64,
          /* maxSyncCalls= */ 128,
          /* maxSwarms= */ 100_000,
          /* maxTelemetryRecordsPerReader= */ 10_000,
          /* maxTelemetryBytesPerReader= */ 4 * MIB,
          /* maxTelemetryBytesPerCoordinator= */ 256L * MIB,
          /* maxQueuedTelemetryRecords= */ 100_000,
          /* maxQueuedTelemetryBytes= */ 32 * MIB,
          /* ratePatience= */ Duration.ofSeconds(5),
          /* maxRateBucketsPerSwarm= */ 20_000,
          /* maxWaitingPublishesPerSwarm= */ 1_000,
          /* maxWaitingPublishBytesPerSwarm= */ 8 * MIB,
          /* maxWaitingPublishBytes= */ 64 * MIB,
          /* readerThreads= */ 2,
          /* handshakeTimeout= */ Duration.ofSeconds(10),
          /* heartbeatInterval= */ Duration.ofSeconds(5),
          /* heartbeatTimeout= */ Duration.ofSeconds(20),
          /* maxConnections= */ 25_000,
          /* maxCalls= */ 200_000,
          /* maxInboundMetadataBytes= */ 16 * KIB,
          /* maxConcurrentCallsPerConnection= */ 1_000,
          /* maxUnservedCallsPerConnection= */ 100,
          /* maxRefusalsAtOnce= */ 10,
          /* maxHold= */ Duration.ofSeconds(5),
          /* maxHeldCallsPerConnection= */ 8,
          /* maxHeldCalls= */ 4_000,
          /* maxResetsPerWindow= */ 500,
          /* resetWindow= */ Duration.ofSeconds(30),
          /* maxIdleFramesPerWindow= */ 1_000,
          /* maxControlFramesPerWindow= */ 1_000,
          /* maxFlowControlFramesPerWindow= */ 200_000,
          /* frameWindow= */ Duration.ofSeconds(10),
          /* maxUnreadBytes= */ 1024L * MIB,
          /* maxUnreadPercent= */ 25,
          /* stallPatience= */ Duration.ofSeconds(2),
          /* maxMemoryPercent= */ 90,
          /* relievedMemoryPercent= */ 80,
          /* memoryPatience= */ Duration.ofSeconds(10),
          /* flowControlWindowBytes= */ MIB,
          /* keepAliveTime= */ Duration.ofSeconds(30),
          /* keepAliveTimeout= */ Duration.ofSeconds(10),
          /* minClientKeepAliveInterval= */ Duration.ofSeconds(5),
          /* maxConnectionIdle= */ Duration.ofMinutes(10),
          /* tlsReloadInterval= */ Duration.ofSeconds(10),
          /* maxErrorBytes= */ 4 * KIB,
          /* maxListPageSize= */ 1_000);

  public Limits {
    requireAtMost("maxPayloadBytes", maxPayloadBytes, "maxGroupBytes", maxGroupBytes);
    requireAtMost("maxKeyBytes", maxKeyBytes, "maxGroupBytes", maxGroupBytes);
    requireBelow("maxGroupBytes", maxGroupBytes, "maxInboundMessageBytes", maxInboundMessageBytes);
    requireAtMost(
        "maxGroupBytes", maxGroupBytes, "maxInFlightBytesPerStream", maxInFlightBytesPerStream);
    requireAtMost(
        "maxInFlightGroups", maxInFlightGroups, "EventLog.DEDUPE_WINDOW", EventLog.DEDUPE_WINDOW);
    requireAtMost(
        "maxInFlightGroups",
        maxInFlightGroups,
        "maxQueuedCommandsPerShard",
        maxQueuedCommandsPerShard);
    requireAtMost(
        "maxInFlightBytesPerStream",
        maxInFlightBytesPerStream,
        "maxQueuedBytesPerShard",
        maxQueuedBytesPerShard);
    requireAtMost(
        "maxEntryCommands",
        maxEntryCommands,
        "maxQueuedCommandsPerShard",
        maxQueuedCommandsPerShard);
    requireAtMost("maxGroupBytes", maxGroupBytes, "maxEntryBytes", maxEntryBytes);
    requireAtMost("maxEntryBytes", maxEntryBytes, "maxTailBytesPerSwarm", maxTailBytesPerSwarm);
    requireAtMost(
        "maxTailBytesPerSwarm",
        maxTailBytesPerSwarm,
        "maxTailBytesPerCoordinator",
        maxTailBytesPerCoordinator);
    requireAtMost(
        "maxGroupRecords",
        maxGroupRecords,
        "maxUnacknowledgedOperations",
        maxUnacknowledgedOperations);
    requireAtMost("maxGroupBytes", maxGroupBytes, "maxUnacknowledgedBytes", maxUnacknowledgedBytes);
    requireAtMost(
        "maxDeliveryBytes", maxDeliveryBytes, "maxUnacknowledgedBytes", maxUnacknowledgedBytes);
    requireAtMost(
        "maxGroupRecords",
        maxGroupRecords,
        "maxTelemetryRecordsPerReader",
        maxTelemetryRecordsPerReader);
    requireAtMost(
        "maxGroupBytes", maxGroupBytes, "maxTelemetryBytesPerReader", maxTelemetryBytesPerReader);
    requireAtMost(
        "maxTelemetryBytesPerReader",
        maxTelemetryBytesPerReader,
        "maxTelemetryBytesPerCoordinator",
        maxTelemetryBytesPerCoordinator);
    requireAtMost(
        "maxGroupRecords", maxGroupRecords, "maxQueuedTelemetryRecords", maxQueuedTelemetryRecords);
    requireAtMost(
        "maxGroupBytes", maxGroupBytes, "maxQueuedTelemetryBytes", maxQueuedTelemetryBytes);
    requireAtMost(
        "topics", Topic.values().length, "maxRateBucketsPerSwarm", maxRateBucketsPerSwarm);
    requireAtMost(
        "maxGroupBytes",
        maxGroupBytes,
        "maxWaitingPublishBytesPerSwarm",
        maxWaitingPublishBytesPerSwarm);
    requireAtMost(
        "maxWaitingPublishBytesPerSwarm",
        maxWaitingPublishBytesPerSwarm,
        "maxWaitingPublishBytes",
        maxWaitingPublishBytes);
    // A session may miss two heartbeats and be late with the third.
    requireAtMost(
        "3 x heartbeatInterval in ms",
        3 * heartbeatInterval.toMillis(),
        "heartbeatTimeout in ms",
        heartbeatTimeout.toMillis());
    requireAtMost(
        "maxErrorBytes", maxErrorBytes, "maxInboundMetadataBytes", maxInboundMetadataBytes);
    // Agents have connections of their own, and a stream for each log and one to control them.
    requireAtMost("maxSessions", maxSessions, "maxConnections", maxConnections);
    requireAtMost("4 x maxSessions", 4L * maxSessions, "maxCalls", maxCalls);
    requireAtMost(
        "maxHeldCallsPerConnection",
        maxHeldCallsPerConnection,
        "maxUnservedCallsPerConnection",
        maxUnservedCallsPerConnection);
    requireAtMost(
        "maxUnservedCallsPerConnection",
        maxUnservedCallsPerConnection,
        "maxConcurrentCallsPerConnection",
        maxConcurrentCallsPerConnection);
    // So that who resets too much is told that, and not something more general.
    requireAtMost(
        "maxResetsPerWindow",
        maxResetsPerWindow,
        "maxControlFramesPerWindow",
        maxControlFramesPerWindow);
    requireAtMost("maxGroupBytes", maxGroupBytes, "maxUnreadBytes", maxUnreadBytes);
    requireBelow(
        "maxUnreadPercent", maxUnreadPercent, "relievedMemoryPercent", relievedMemoryPercent);
    requireBelow(
        "relievedMemoryPercent", relievedMemoryPercent, "maxMemoryPercent", maxMemoryPercent);
    requireAtMost("maxMemoryPercent", maxMemoryPercent, "all", 100);
    // They follow data, of which there is more than of anything else.
    requireAtMost(
        "maxControlFramesPerWindow",
        maxControlFramesPerWindow,
        "maxFlowControlFramesPerWindow",
        maxFlowControlFramesPerWindow);
    requirePositive(
        maxFrameTimesBytes,
        maxPayloadBytes,
        maxKeyBytes,
        maxNameBytes,
        maxTypeBytes,
        maxTraceFieldBytes,
        maxIdempotencyKeyBytes,
        maxGroupRecords,
        maxInFlightGroups,
        maxEntryCommands,
        maxTailBatchesPerSwarm,
        maxDeliveryBytes,
        maxViewScopes,
        maxRoles,
        maxSessions,
        maxUnansweredNacks,
        maxSyncCalls,
        maxSwarms,
        maxWaitingPublishesPerSwarm,
        readerThreads,
        maxConnections,
        maxCalls,
        maxConcurrentCallsPerConnection,
        maxRefusalsAtOnce,
        maxHeldCallsPerConnection,
        maxHeldCalls,
        maxResetsPerWindow,
        maxIdleFramesPerWindow,
        maxControlFramesPerWindow,
        maxUnreadPercent,
        flowControlWindowBytes,
        maxErrorBytes,
        maxListPageSize);
    requirePositive(
        ratePatience.toNanos(),
        handshakeTimeout.toNanos(),
        maxHold.toNanos(),
        heartbeatInterval.toNanos(),
        resetWindow.toNanos(),
        frameWindow.toNanos(),
        stallPatience.toNanos(),
        memoryPatience.toNanos(),
        keepAliveTime.toNanos(),
        keepAliveTimeout.toNanos(),
        minClientKeepAliveInterval.toNanos(),
        maxConnectionIdle.toNanos(),
        tlsReloadInterval.toNanos());
  }

  /** What a coordinator runs with. */
  public static Limits defaults() {
    return DEFAULTS;
  }

  /**
   * These limits, but what is held in memory for all clients together takes no more than its part
   * of the heap: an eighth for each kind of tail, a sixteenth for each kind of queue, a
   * thirty-second for the times of frames.
   */
  Limits within(long heapBytes) {
    return with(
            "maxTailBytesPerCoordinator",
            part(maxTailBytesPerCoordinator, heapBytes / 8, maxTailBytesPerSwarm))
        .with(
            "maxTelemetryBytesPerCoordinator",
            part(maxTelemetryBytesPerCoordinator, heapBytes / 8, maxTelemetryBytesPerReader))
        .with("maxFrameTimesBytes", part(maxFrameTimesBytes, heapBytes / 32, 1))
        .with(
            "maxQueuedBytesPerShard",
            part(maxQueuedBytesPerShard, heapBytes / 16, maxInFlightBytesPerStream))
        .with(
            "maxQueuedTelemetryBytes",
            (int) part(maxQueuedTelemetryBytes, heapBytes / 16, maxGroupBytes))
        .with(
            "maxWaitingPublishBytes",
            (int) part(maxWaitingPublishBytes, heapBytes / 16, maxWaitingPublishBytesPerSwarm));
  }

  private static long part(long most, long part, long least) {
    return Math.min(most, Math.max(part, least));
  }

  /**
   * These limits with one of them changed, the relations checked again.
   *
   * @param name of the component, such as {@code maxSessions}
   * @param value of the component's own type: {@code Integer}, {@code Long} or {@code Duration}
   * @throws IllegalArgumentException if there is no such limit, or the value does not fit
   */
  public Limits with(String name, Object value) {
    RecordComponent[] components = Limits.class.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    boolean found = false;
    try {
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        boolean named = components[i].getName().equals(name);
        values[i] = named ? value : components[i].getAccessor().invoke(this);
        found |= named;
      }
      if (!found) {
        throw new IllegalArgumentException("Expected the name of a limit, but got " + name);
      }
      return Limits.class.getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException("Expected limits that fit together: " + e.getCause(), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Expected a record to be readable, but " + e, e);
    }
  }

  /** What clients are told of them. */
  public dev.swarmlog.v1.Limits toProto() {
    return dev.swarmlog.v1.Limits.newBuilder()
        .setMaxPayloadBytes(maxPayloadBytes)
        .setMaxKeyBytes(maxKeyBytes)
        .setMaxGroupRecords(maxGroupRecords)
        .setMaxGroupBytes(maxGroupBytes)
        .setMaxUnacknowledgedOperations(maxUnacknowledgedOperations)
        .setMaxDeliveryBytes(maxDeliveryBytes)
        .setDedupeWindow(EventLog.DEDUPE_WINDOW)
        .setIdempotencyTtlMs(Duration.ofNanos(EventLog.IDEMPOTENCY_TTL_NS).toMillis())
        .build();
  }

  private static void requireAtMost(String name, long value, String boundName, long bound) {
    if (value > bound) {
      throw new IllegalArgumentException(
          "Expected %s to be at most %s, but %d > %d".formatted(name, boundName, value, bound));
    }
  }

  private static void requireBelow(String name, long value, String boundName, long bound) {
    if (value >= bound) {
      throw new IllegalArgumentException(
          "Expected %s to be below %s, but %d >= %d".formatted(name, boundName, value, bound));
    }
  }

  private static void requirePositive(long... values) {
    for (long value : values) {
      if (value <= 0) {
        throw new IllegalArgumentException("Expected every limit to be positive, but got " + value);
      }
    }
  }
}
