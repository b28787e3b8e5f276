package dev.swarmlog.otel;

import io.opentelemetry.api.common.AttributeKey;
import java.util.List;

/**
 * Every metric of the coordinator. {@code docs/observability.md} lists the same ones.
 *
 * <p>Names and units are those of OpenTelemetry; units are UCUM. A Prometheus endpoint writes
 * {@code swarmlog.lag} as {@code swarmlog_lag_seconds}.
 */
public enum Metric {
  LAG(
      "swarmlog.lag",
      Kind.HISTOGRAM,
      "s",
      "Lag of operations by stage, one sample per agent and run of operations that were committed"
          + " together",
      List.of(Attribute.SWARM, Attribute.TOPIC, Attribute.STAGE)),
  LAG_UNCERTAINTY(
      "swarmlog.lag.uncertainty",
      Kind.HISTOGRAM,
      "s",
      "How far a lag from publish to apply may be from the true one, either way, because of the"
          + " clocks",
      List.of()),
  LAG_NEGATIVE(
      "swarmlog.lag.negative",
      Kind.COUNTER,
      "{sample}",
      "Lags from publish to apply that came out below zero, and are not among the samples",
      List.of(Attribute.TOPIC)),
  LAG_UNCORRECTED(
      "swarmlog.lag.uncorrected",
      Kind.COUNTER,
      "{sample}",
      "Lags from publish to apply by clocks as they are, because the publisher or the agent has not"
          + " told how its clock stands to the coordinator's",
      List.of(Attribute.TOPIC)),
  OPERATIONS_APPENDED(
      "swarmlog.operations.appended",
      Kind.COUNTER,
      "{operation}",
      "Operations that became durable",
      List.of(Attribute.SWARM, Attribute.TOPIC)),
  OPERATIONS_DELIVERED(
      "swarmlog.operations.delivered",
      Kind.COUNTER,
      "{operation}",
      "Operations handed to the streams of agents",
      List.of(Attribute.SWARM, Attribute.LOG)),
  OPERATIONS_REDELIVERED(
      "swarmlog.operations.redelivered",
      Kind.COUNTER,
      "{operation}",
      "Of those the ones that an agent was given again, because it had refused them before or a person replayed them",
      List.of(Attribute.SWARM, Attribute.LOG)),
  AGENT_DUPLICATES(
      "swarmlog.agent.duplicates",
      Kind.COUNTER,
      "{operation}",
      "Operations that agents ignored because they had applied them before, as they tell",
      List.of(Attribute.SWARM)),
  AGENT_OUT_OF_ORDER(
      "swarmlog.agent.out_of_order",
      Kind.COUNTER,
      "{frame}",
      "Frames that did not follow on what an agent had, as agents tell",
      List.of(Attribute.SWARM)),
  PUBLISH_DEDUPLICATED(
      "swarmlog.publish.deduplicated",
      Kind.COUNTER,
      "{group}",
      "Publish groups that had been appended before and got their first answer again",
      List.of(Attribute.SWARM)),
  PUBLISH_REFUSED(
      "swarmlog.publish.refused",
      Kind.COUNTER,
      "{group}",
      "Publish groups that were refused after they had been found well-formed",
      List.of(Attribute.SWARM, Attribute.REASON)),
  RATE_WAIT(
      "swarmlog.rate.wait",
      Kind.HISTOGRAM,
      "s",
      "How long publish groups waited for the rate limits, of those that had to",
      List.of(Attribute.SWARM)),
  NACKS(
      "swarmlog.nacks",
      Kind.COUNTER,
      "{operation}",
      "Operations that agents refused, by what became of them",
      List.of(Attribute.SWARM, Attribute.OUTCOME)),
  BACKLOG(
      "swarmlog.backlog",
      Kind.GAUGE,
      "{operation}",
      "Operations between what the connected agents have acknowledged and the head, of all agents together",
      List.of(Attribute.SWARM, Attribute.LOG)),
  BACKLOG_MAX(
      "swarmlog.backlog.max",
      Kind.GAUGE,
      "{operation}",
      "The same of the agent that is furthest behind",
      List.of(Attribute.SWARM, Attribute.LOG)),
  AGENTS("swarmlog.agents", Kind.GAUGE, "{agent}", "Connected agents", List.of(Attribute.SWARM)),
  LAST_SEEN(
      "swarmlog.agents.last_seen",
      Kind.GAUGE,
      "s",
      "How long ago the last heartbeat of a connected agent came, of the one that was silent longest",
      List.of(Attribute.SWARM)),
  LANES(
      "swarmlog.lanes",
      Kind.GAUGE,
      "{lane}",
      "Lanes of connected agents, by what they do",
      List.of(Attribute.LOG, Attribute.STATE)),
  LANE_STALL(
      "swarmlog.lane.stall",
      Kind.HISTOGRAM,
      "s",
      "How long nothing could be sent on a lane because its agent did not read or did not acknowledge",
      List.of(Attribute.LOG, Attribute.STATE)),
  BREAKERS(
      "swarmlog.breakers",
      Kind.GAUGE,
      "{agent}",
      "Agents whose breaker is not closed",
      List.of(Attribute.STATE)),
  BREAKER_CHANGES(
      "swarmlog.breaker.changes",
      Kind.COUNTER,
      "{change}",
      "Changes of breakers",
      List.of(Attribute.STATE, Attribute.CAUSE)),
  PARKED(
      "swarmlog.parked",
      Kind.GAUGE,
      "{operation}",
      "Operations that are parked for agents",
      List.of(Attribute.SWARM)),
  RETRIES(
      "swarmlog.retries",
      Kind.GAUGE,
      "{operation}",
      "Operations that will be tried again",
      List.of(Attribute.SWARM)),
  SYNC_DURATION(
      "swarmlog.sync.duration",
      Kind.HISTOGRAM,
      "s",
      "Bringing an agent up to date, until the receipt is sent",
      List.of(Attribute.LOG, Attribute.PLAN)),
  SYNC_OPERATIONS(
      "swarmlog.sync.operations",
      Kind.HISTOGRAM,
      "{operation}",
      "Operations that a sync sent, keys of snapshots included",
      List.of(Attribute.LOG, Attribute.PLAN)),
  SYNC_BYTES(
      "swarmlog.sync.size",
      Kind.HISTOGRAM,
      "By",
      "Bytes of operations that a sync sent",
      List.of(Attribute.LOG, Attribute.PLAN)),
  SYNC_ELIDED(
      "swarmlog.sync.elided",
      Kind.COUNTER,
      "{operation}",
      "Operations that syncs did not send, because later ones superseded them or nothing changed by them",
      List.of(Attribute.LOG)),
  DRIFT_INCIDENTS(
      "swarmlog.drift.incidents",
      Kind.COUNTER,
      "{incident}",
      "Times that an agent was found to hold something else than the log says",
      List.of(Attribute.SWARM)),
  DRIFT_REPAIRS(
      "swarmlog.drift.repairs",
      Kind.COUNTER,
      "{repair}",
      "Repairs that were sent",
      List.of(Attribute.SWARM)),
  DRIFT_REPAIR_SIZE(
      "swarmlog.drift.repair.size", Kind.HISTOGRAM, "By", "Size of repairs", List.of()),
  COMMIT_OPERATIONS(
      "swarmlog.commit.operations",
      Kind.HISTOGRAM,
      "{operation}",
      "Operations that one entry appended, of entries that appended some",
      List.of(Attribute.SHARD)),
  COMMIT_DURATION(
      "swarmlog.commit.duration",
      Kind.HISTOGRAM,
      "s",
      "Applying an entry and making it durable",
      List.of(Attribute.SHARD)),
  FLUSH_DURATION(
      "swarmlog.flush.duration",
      Kind.HISTOGRAM,
      "s",
      "Flushing an entry to the device",
      List.of(Attribute.SHARD)),
  QUEUED_COMMANDS(
      "swarmlog.queue.commands",
      Kind.GAUGE,
      "{command}",
      "Commands that wait for the writer of a shard",
      List.of(Attribute.SHARD)),
  QUEUED_BYTES("swarmlog.queue.size", Kind.GAUGE, "By", "Bytes of these", List.of(Attribute.SHARD)),
  UNREAD_BYTES(
      "swarmlog.unread.size",
      Kind.GAUGE,
      "By",
      "Bytes that clients were sent and have not read",
      List.of()),
  STALLED_STREAMS_ENDED(
      "swarmlog.unread.streams_ended",
      Kind.COUNTER,
      "{stream}",
      "Streams that were ended because their clients did not read",
      List.of()),
  MEMORY_SCARCE(
      "swarmlog.memory.scarce",
      Kind.GAUGE,
      "1",
      "1 while sessions, syncs and publishes are refused because memory is scarce, else 0",
      List.of()),
  DIRECT_MEMORY(
      "swarmlog.memory.direct",
      Kind.GAUGE,
      "By",
      "Memory outside the heap that holds what is received and sent",
      List.of()),
  DISK_LEFT(
      "swarmlog.disk.left",
      Kind.GAUGE,
      "By",
      "What the coordinator may still write where its data lies",
      List.of()),
  DISK_STATE(
      "swarmlog.disk.state",
      Kind.GAUGE,
      "1",
      "2 while a writer finds no room on the disk, 1 while main and telemetry are refused because it is low, else 0",
      List.of()),
  SCRUB_DAMAGE(
      "swarmlog.scrub.damage",
      Kind.COUNTER,
      "{place}",
      "Places of the store that the background scrub could not read, or that did not fit",
      List.of()),
  STORE_SIZE(
      "swarmlog.store.size",
      Kind.GAUGE,
      "By",
      "Files of a shard that hold rows",
      List.of(Attribute.SHARD)),
  STORE_MEMTABLES(
      "swarmlog.store.memtables",
      Kind.GAUGE,
      "By",
      "Rows of a shard in memory that are not in files yet",
      List.of(Attribute.SHARD)),
  STORE_CACHE(
      "swarmlog.store.cache",
      Kind.GAUGE,
      "By",
      "Blocks held in the cache that all shards share",
      List.of()),
  STORE_COMPACTION_PENDING(
      "swarmlog.store.compaction.pending",
      Kind.GAUGE,
      "By",
      "What background compaction has before it, estimated",
      List.of(Attribute.SHARD)),
  STORE_WRITE_STOPPED(
      "swarmlog.store.write_stopped",
      Kind.GAUGE,
      "1",
      "1 while writes are stopped until compaction has caught up, else 0",
      List.of(Attribute.SHARD)),
  STORE_BACKGROUND_ERRORS(
      "swarmlog.store.background_errors",
      Kind.COUNTER,
      "{error}",
      "Errors of flushes and compactions in the background",
      List.of(Attribute.SHARD));

  /** How a metric adds up. */
  public enum Kind {
    /** Only grows. */
    COUNTER,
    /** Samples, by bucket. */
    HISTOGRAM,
    /** A level at the time somebody looks. */
    GAUGE
  }

  private final String metricName;
  private final Kind kind;
  private final String unit;
  private final String description;
  private final List<AttributeKey<?>> attributes;

  Metric(
      String metricName,
      Kind kind,
      String unit,
      String description,
      List<AttributeKey<?>> attributes) {
    this.metricName = metricName;
    this.kind = kind;
    this.unit = unit;
    this.description = description;
    this.attributes = attributes;
  }

  /** Such as {@code swarmlog.lag}. */
  public String metricName() {
    return metricName;
  }

  public Kind kind() {
    return kind;
  }

  /** In UCUM: {@code s}, {@code By}, {@code 1}, or what is counted in braces. */
  public String unit() {
    return unit;
  }

  public String description() {
    return description;
  }

  /** All it can have; whatever else is recorded with a sample goes into its exemplar only. */
  public List<AttributeKey<?>> attributes() {
    return attributes;
  }
}
