package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.AttributeKey;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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
  static final AttributeKey<Boolean> DUPLICATE =
      AttributeKey.booleanKey("swarmlog.publish.duplicate");
  static final AttributeKey<Boolean> OUTCOME_UNKNOWN =
      AttributeKey.booleanKey("swarmlog.publish.outcome_unknown");
  static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("swarmlog.attempt");
  static final AttributeKey<Long> ERRORS_LEFT_OUT =
      AttributeKey.longKey("swarmlog.errors.left_out");
  static final AttributeKey<String> SYNC_PLAN = AttributeKey.stringKey("swarmlog.sync.plan");
  static final AttributeKey<Long> SYNC_FROM = AttributeKey.longKey("swarmlog.sync.from");
  static final AttributeKey<Long> SYNC_TARGET = AttributeKey.longKey("swarmlog.sync.target");
  static final AttributeKey<Long> SYNC_OPERATIONS =
      AttributeKey.longKey("swarmlog.sync.operations");
  static final AttributeKey<Long> SYNC_KEYS = AttributeKey.longKey("swarmlog.sync.keys");
  static final AttributeKey<Long> SYNC_BYTES = AttributeKey.longKey("swarmlog.sync.bytes");
  static final AttributeKey<Long> SYNC_DUPLICATES =
      AttributeKey.longKey("swarmlog.sync.duplicates");
  static final AttributeKey<Long> SYNC_REDUNDANT = AttributeKey.longKey("swarmlog.sync.redundant");

  private static final Map<Topic, String> TOPICS = new EnumMap<>(Topic.class);

  static {
    for (Topic topic : Topic.values()) {
      TOPICS.put(topic, topic.name().replace("TOPIC_", "").toLowerCase(Locale.ROOT));
    }
  }

  private TraceNames() {}

  /** {@code commands}. */
  static String of(Topic topic) {
    return TOPICS.getOrDefault(topic, "");
  }

  /** All of them. */
  static Collection<String> topics() {
    return Collections.unmodifiableCollection(TOPICS.values());
  }

  /** {@code main}. */
  static String of(Log log) {
    return Lanes.name(log);
  }

  /** The topic of operations, or their log where they are of several. */
  static String destination(List<Operation> operations, Log log) {
    Topic topic = operations.isEmpty() ? Topic.TOPIC_UNSPECIFIED : operations.get(0).getTopic();
    return !operations.isEmpty()
            && operations.stream().allMatch(operation -> operation.getTopic() == topic)
        ? of(topic)
        : of(log);
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
