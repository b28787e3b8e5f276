package dev.swarmlog.otel.trace;

import io.opentelemetry.api.common.AttributeKey;

/**
 * Attributes of the spans of syncs and repairs. The SDK has a list of its own, and calls the same
 * things by the same names.
 */
public final class TaskAttribute {

  public static final AttributeKey<String> SYNC_PLAN = AttributeKey.stringKey("swarmlog.sync.plan");
  public static final AttributeKey<Long> SYNC_FROM = AttributeKey.longKey("swarmlog.sync.from");
  public static final AttributeKey<Long> SYNC_TARGET = AttributeKey.longKey("swarmlog.sync.target");
  public static final AttributeKey<Long> SYNC_OPERATIONS =
      AttributeKey.longKey("swarmlog.sync.operations");
  public static final AttributeKey<Long> SYNC_KEYS = AttributeKey.longKey("swarmlog.sync.keys");
  public static final AttributeKey<Long> SYNC_ELIDED = AttributeKey.longKey("swarmlog.sync.elided");
  public static final AttributeKey<Long> SYNC_BYTES = AttributeKey.longKey("swarmlog.sync.bytes");
  public static final AttributeKey<Long> REPAIR_FOUND_AT =
      AttributeKey.longKey("swarmlog.repair.found_at");
  public static final AttributeKey<String> REPAIR_OUTCOME =
      AttributeKey.stringKey("swarmlog.repair.outcome");
  public static final AttributeKey<Long> REPAIR_KEYS = AttributeKey.longKey("swarmlog.repair.keys");
  public static final AttributeKey<Long> REPAIR_MESSAGES =
      AttributeKey.longKey("swarmlog.repair.messages");
  public static final AttributeKey<Long> REPAIR_BYTES =
      AttributeKey.longKey("swarmlog.repair.bytes");

  private TaskAttribute() {}
}
