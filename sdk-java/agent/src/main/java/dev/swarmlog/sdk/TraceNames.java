package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.AttributeKey;
import java.util.Locale;

/**
 * How spans, metrics and their attributes are called: by OpenTelemetry's conventions for messaging
 * where they have a name, by our own where they have none.
 */
final class TraceNames {
  static final String INSTRUMENTATION = "dev.swarmlog.sdk";
  static final String SYSTEM_VALUE = "swarmlog";

  static final String PUBLISH = "publish";
  static final String APPLY = "apply";
  static final String ACK = "ack";
  static final String SYNC = "sync";
  static final String REPAIR = "repair";

  static final String SEND = "send";
  static final String PROCESS = "process";
  static final String SETTLE = "settle";
  static final String RECEIVE = "receive";

  static final String SENT_MESSAGES = "messaging.client.sent.messages";
  static final String CONSUMED_MESSAGES = "messaging.client.consumed.messages";
  static final String OPERATION_DURATION = "messaging.client.operation.duration";
  static final String PROCESS_DURATION = "messaging.process.duration";

  static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
  static final AttributeKey<String> OPERATION_NAME =
      AttributeKey.stringKey("messaging.operation.name");
  static final AttributeKey<String> OPERATION_TYPE =
      AttributeKey.stringKey("messaging.operation.type");
  static final AttributeKey<String> DESTINATION =
      AttributeKey.stringKey("messaging.destination.name");
  static final AttributeKey<String> DESTINATION_TEMPLATE =
      AttributeKey.stringKey("messaging.destination.template");
  static final AttributeKey<String> MESSAGE_ID = AttributeKey.stringKey("messaging.message.id");
  static final AttributeKey<Long> MESSAGE_COUNT =
      AttributeKey.longKey("messaging.batch.message_count");
  static final AttributeKey<String> CLIENT_ID = AttributeKey.stringKey("messaging.client.id");
  static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

  static final AttributeKey<String> SWARM = AttributeKey.stringKey("swarmlog.swarm");
  static final AttributeKey<String> AGENT = AttributeKey.stringKey("swarmlog.agent");
  static final AttributeKey<String> TOPIC = AttributeKey.stringKey("swarmlog.topic");
  static final AttributeKey<String> LOG = AttributeKey.stringKey("swarmlog.log");
  static final AttributeKey<Long> OPERATION_ID = AttributeKey.longKey("swarmlog.operation.id");
  static final AttributeKey<Long> LAST_OPERATION_ID =
      AttributeKey.longKey("swarmlog.operation.last_id");
  static final AttributeKey<Boolean> DUPLICATE = AttributeKey.booleanKey("swarmlog.duplicate");
  static final AttributeKey<Boolean> OUTCOME_UNKNOWN =
      AttributeKey.booleanKey("swarmlog.outcome_unknown");
  static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("swarmlog.attempt");

  private TraceNames() {}

  /** {@code commands}. */
  static String of(Topic topic) {
    return topic.name().substring("TOPIC_".length()).toLowerCase(Locale.ROOT);
  }

  /** {@code main}. */
  static String of(Log log) {
    return Lanes.name(log);
  }

  /** {@code publish commands}. */
  static String span(String operation, String destination) {
    return operation + " " + destination;
  }

  /** {@code {swarm}/commands}, the same for all swarms. */
  static String template(String destination) {
    return "{swarm}/" + destination;
  }
}
