package dev.swarmlog.otel;

import io.opentelemetry.api.common.AttributeKey;

/** The attributes of metrics and spans, by their names. */
public final class Attribute {

  /** Name of the swarm. In metrics of the first ones only: see {@link SwarmLabels}. */
  public static final AttributeKey<String> SWARM = AttributeKey.stringKey("swarmlog.swarm");

  /**
   * {@code control}, {@code commands}, {@code reconciliation}, {@code alerts}, {@code telemetry}.
   */
  public static final AttributeKey<String> TOPIC = AttributeKey.stringKey("swarmlog.topic");

  /** {@code control}, {@code main}, {@code telemetry}. */
  public static final AttributeKey<String> LOG = AttributeKey.stringKey("swarmlog.log");

  /** {@code append}, {@code deliver}, {@code ack}, {@code apply}. */
  public static final AttributeKey<String> STAGE = AttributeKey.stringKey("swarmlog.stage");

  /** Name of an agent. Of no metric: in exemplars and spans only. */
  public static final AttributeKey<String> AGENT = AttributeKey.stringKey("swarmlog.agent");

  /** Index of a shard. */
  public static final AttributeKey<Long> SHARD = AttributeKey.longKey("swarmlog.shard");

  /** Why something was refused: the name of an {@code ErrorReason} without its prefix. */
  public static final AttributeKey<String> REASON = AttributeKey.stringKey("swarmlog.reason");

  /** What became of something. */
  public static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("swarmlog.outcome");

  /** What something is doing. */
  public static final AttributeKey<String> STATE = AttributeKey.stringKey("swarmlog.state");

  /** What moved a breaker. */
  public static final AttributeKey<String> CAUSE = AttributeKey.stringKey("swarmlog.cause");

  /** How an agent is brought up to date: {@code delta}, {@code snapshot} and so on. */
  public static final AttributeKey<String> PLAN = AttributeKey.stringKey("swarmlog.plan");

  private Attribute() {}
}
