package dev.swarmlog.sdk;

import com.google.protobuf.Message;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

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

  private static final Instant LAST_EXPIRY = Instant.parse("2262-01-01T00:00:00Z");

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

  /**
   * The same, worthless after some time from now: an event is not handed out any more then, a key
   * is deleted, unless it has been published anew, and telemetry is dropped.
   *
   * <p>Now is by this machine's clock, and the coordinator compares with its own: how far they are
   * apart is how much earlier or later it expires.
   *
   * @throws IllegalArgumentException unless the time is above zero and ends before the year 2262,
   *     or if this is a deletion
   */
  public Publication expiringIn(Duration timeToLive) {
    if (timeToLive.isNegative() || timeToLive.isZero()) {
      throw new IllegalArgumentException(
          "Expected a time to live above zero, but got " + timeToLive + ".");
    }
    return expiringAt(Instant.now().plus(timeToLive));
  }

  /**
   * The same, worthless from an instant on. One that is past is fine: a key comes to life and is
   * deleted at once.
   *
   * @throws IllegalArgumentException unless it is from 1970 on and before the year 2262, or if this
   *     is a deletion
   * @see #expiringIn
   */
  public Publication expiringAt(Instant instant) {
    if (record.getTombstone()) {
      throw new IllegalArgumentException(
          "Expected an operation with a value to expire, but this one deletes a key.");
    }
    if (!instant.isAfter(Instant.EPOCH) || !instant.isBefore(LAST_EXPIRY)) {
      throw new IllegalArgumentException(
          "Expected an expiry between the years 1970 and 2262, but got " + instant + ".");
    }
    long unixNano = TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    return new Publication(
        record.toBuilder().setExpiresAtUnixNano(unixNano).build(), idempotencyKey);
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
