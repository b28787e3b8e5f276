package dev.swarmlog.otel.trace;

import dev.swarmlog.otel.Attribute;
import dev.swarmlog.otel.Label;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;

/**
 * Attributes of spans: those of the messaging semantic conventions of OpenTelemetry, and our own.
 * The SDK has a list of its own, and calls the same things by the same names.
 */
final class SpanAttribute {

  static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
  static final AttributeKey<String> OPERATION_NAME =
      AttributeKey.stringKey("messaging.operation.name");
  static final AttributeKey<String> DESTINATION =
      AttributeKey.stringKey("messaging.destination.name");
  static final AttributeKey<String> DESTINATION_TEMPLATE =
      AttributeKey.stringKey("messaging.destination.template");
  static final AttributeKey<String> MESSAGE_ID = AttributeKey.stringKey("messaging.message.id");
  static final AttributeKey<Long> MESSAGE_COUNT =
      AttributeKey.longKey("messaging.batch.message_count");
  static final AttributeKey<String> CLIENT_ID = AttributeKey.stringKey("messaging.client.id");
  static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

  static final AttributeKey<Long> OPERATION_ID = AttributeKey.longKey("swarmlog.operation.id");
  static final AttributeKey<Boolean> DUPLICATE =
      AttributeKey.booleanKey("swarmlog.publish.duplicate");
  static final AttributeKey<Long> ENTRY = AttributeKey.longKey("swarmlog.commit.entry");
  static final AttributeKey<Long> ENTRY_COMMANDS = AttributeKey.longKey("swarmlog.commit.commands");
  static final AttributeKey<Long> ENTRY_OPERATIONS =
      AttributeKey.longKey("swarmlog.commit.operations");
  static final AttributeKey<Long> AGENTS = AttributeKey.longKey("swarmlog.deliver.agents");
  static final AttributeKey<Long> TRACED_AGENTS =
      AttributeKey.longKey("swarmlog.deliver.agents_traced");
  static final AttributeKey<Double> FIRST_DELIVERY =
      AttributeKey.doubleKey("swarmlog.deliver.first");
  static final AttributeKey<Double> LAST_DELIVERY = AttributeKey.doubleKey("swarmlog.deliver.last");
  static final AttributeKey<Long> ACKS = AttributeKey.longKey("swarmlog.ack.count");
  static final AttributeKey<Double> FIRST_ACK = AttributeKey.doubleKey("swarmlog.ack.first");
  static final AttributeKey<Double> P99_ACK = AttributeKey.doubleKey("swarmlog.ack.p99");
  static final AttributeKey<Double> LAST_ACK = AttributeKey.doubleKey("swarmlog.ack.last");
  static final AttributeKey<Boolean> CUT_SHORT =
      AttributeKey.booleanKey("swarmlog.deliver.cut_short");

  private SpanAttribute() {}

  /** What each span of an operation has. */
  static Attributes of(String operation, String swarm, Topic topic) {
    String topicLabel = Label.of(topic);
    return Attributes.builder()
        .put(SYSTEM, "swarmlog")
        .put(OPERATION_NAME, operation)
        .put(DESTINATION, swarm + "/" + topicLabel)
        .put(DESTINATION_TEMPLATE, "{swarm}/" + topicLabel)
        .put(Attribute.SWARM, swarm)
        .put(Attribute.TOPIC, topicLabel)
        .build();
  }

  /** What each span of a whole log has. */
  static Attributes ofLog(String operation, String swarm, String log) {
    return Attributes.builder()
        .put(SYSTEM, "swarmlog")
        .put(OPERATION_NAME, operation)
        .put(DESTINATION, swarm + "/" + log)
        .put(DESTINATION_TEMPLATE, "{swarm}/" + log)
        .put(Attribute.SWARM, swarm)
        .put(Attribute.LOG, log)
        .build();
  }

  /** Such as {@code append commands}. */
  static String name(String operation, Topic topic) {
    return operation + " " + Label.of(topic);
  }
}
