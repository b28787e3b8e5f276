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
