package dev.swarmlog.sdk;

import com.google.protobuf.Message;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;

/**
 * An operation to be published. Immutable.
 *
 * <p>A payload is a protobuf message, or a {@link Payload} made by {@link Payloads} from JSON, text
 * or bytes.
 *
 * @param record as it will be sent; trace context and publish time are filled in by the publisher
 * @param idempotencyKey while the coordinator remembers it, publishing the same key again gets the
 *     first answer, whoever publishes it, also after a crash; empty for none. Up to 256 bytes of
 *     UTF-8.
 */
public record Publication(PublishRecord record, String idempotencyKey) {

  /** An event: delivered, each one, in order. */
  public static Publication event(Topic topic, Target target, Message payload) {
    return of(topic, target, OperationClass.OPERATION_CLASS_EVENT, "", payload);
  }

  /**
   * A keyed operation: the last one on (topic, target, key) wins. Key: 1 to {@code
   * Limits.max_key_bytes} bytes.
   */
  public static Publication keyed(Topic topic, Target target, String key, Message payload) {
    return of(topic, target, OperationClass.OPERATION_CLASS_KEYED, key, payload);
  }

  /** Deletes a key. */
  public static Publication delete(Topic topic, Target target, String key) {
    return new Publication(
        PublishRecord.newBuilder()
            .setTopic(topic)
            .setTarget(target)
            .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
            .setKey(key)
            .setTombstone(true)
            .build(),
        "");
  }

  /** A measurement for {@link SwarmPublisher#telemetry}: may be dropped, with a count. */
  public static Publication measurement(Target target, Message payload) {
    return of(Topic.TOPIC_TELEMETRY, target, OperationClass.OPERATION_CLASS_EPHEMERAL, "", payload);
  }

  /** The same, under an idempotency key. */
  public Publication withIdempotencyKey(String key) {
    return new Publication(record, key);
  }

  /** The same, under a term: refused with STALE_TERM if a newer one exists. */
  public Publication withTerm(long term) {
    return new Publication(record.toBuilder().setTerm(term).build(), idempotencyKey);
  }

  /** The log it goes to. */
  public Log log() {
    return Lanes.of(record.getTopic());
  }

  private static Publication of(
      Topic topic, Target target, OperationClass operationClass, String key, Message payload) {
    return new Publication(
        PublishRecord.newBuilder()
            .setTopic(topic)
            .setTarget(target)
            .setOperationClass(operationClass)
            .setKey(key)
            .setPayload(payload instanceof Payload made ? made : Payloads.of(payload))
            .build(),
        "");
  }
}
