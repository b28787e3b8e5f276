package dev.swarmlog.server.path.admit;

import static dev.swarmlog.server.NameRule.utf8Length;
import static dev.swarmlog.server.path.admit.Names.invalid;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.TelemetryBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a publish group or a batch of telemetry must look like. Stateless. */
final class GroupRules {

  private final Limits limits;

  GroupRules(Limits limits) {
    this.limits = limits;
  }

  @Nullable Refusal check(PublishGroup group, Log log) {
    if (utf8Length(group.getIdempotencyKey()) > limits.maxIdempotencyKeyBytes()) {
      return invalid(
          "Expected an idempotency key of at most %d bytes, but it has %d."
              .formatted(limits.maxIdempotencyKeyBytes(), utf8Length(group.getIdempotencyKey())));
    }
    Refusal refusal = checkSize("a group", group.getSerializedSize());
    return refusal != null ? refusal : check(group.getRecordsList(), log);
  }

  @Nullable Refusal check(TelemetryBatch batch) {
    Refusal refusal = checkSize("a batch", batch.getSerializedSize());
    return refusal != null ? refusal : check(batch.getRecordsList(), Log.LOG_TELEMETRY);
  }

  private @Nullable Refusal checkSize(String what, int bytes) {
    return bytes <= limits.maxGroupBytes()
        ? null
        : tooLarge(
            "Expected %s of at most %d bytes, but it has %d."
                .formatted(what, limits.maxGroupBytes(), bytes));
  }

  private @Nullable Refusal check(List<PublishRecord> records, Log log) {
    if (records.isEmpty()) {
      return invalid("Expected at least one record, but there is none.");
    }
    if (records.size() > limits.maxGroupRecords()) {
      return tooLarge(
          "Expected at most %d records, but there are %d."
              .formatted(limits.maxGroupRecords(), records.size()));
    }
    for (PublishRecord publishRecord : records) {
      Refusal refusal = check(publishRecord, log);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable Refusal check(PublishRecord publishRecord, Log log) {
    Log itsLog = Topics.logOf(publishRecord.getTopic());
    if (itsLog == Log.LOG_UNSPECIFIED) {
      return invalid(
          "Expected one of the five topics, but got number %d."
              .formatted(publishRecord.getTopicValue()));
    }
    if (itsLog != log) {
      return invalid(
          "Expected a topic of %s, but %s belongs to %s: use the stream of that log."
              .formatted(LogName.of(log), publishRecord.getTopic(), LogName.of(itsLog)));
    }
    Refusal refusal = checkTarget(publishRecord.getTarget());
    if (refusal == null) {
      refusal = checkClass(publishRecord, log);
    }
    if (refusal == null) {
      refusal = checkPayload(publishRecord.getPayload());
    }
    if (refusal == null) {
      refusal = checkUnserved(publishRecord);
    }
    if (refusal == null) {
      refusal = checkExpiry(publishRecord);
    }
    if (refusal == null
        && (utf8Length(publishRecord.getTraceparent()) > limits.maxTraceFieldBytes()
            || utf8Length(publishRecord.getTracestate()) > limits.maxTraceFieldBytes())) {
      return invalid(
          "Expected traceparent and tracestate of at most %d bytes each, but one is longer."
              .formatted(limits.maxTraceFieldBytes()));
    }
    return refusal;
  }

  private @Nullable Refusal checkTarget(Target target) {
    return switch (target.getTargetCase()) {
      case ALL -> null;
      case AGENT -> Names.check("target.agent", target.getAgent(), limits.maxNameBytes());
      case ROLE -> Names.check("target.role", target.getRole(), limits.maxNameBytes());
      case TARGET_NOT_SET ->
          invalid("Expected a target (all, an agent or a role), but none is set.");
    };
  }

  private @Nullable Refusal checkClass(PublishRecord publishRecord, Log log) {
    OperationClass operationClass = publishRecord.getOperationClass();
    boolean keyed = operationClass == OperationClass.OPERATION_CLASS_KEYED;
    if (!keyed && !publishRecord.getKey().isEmpty()) {
      return invalid(
          "Expected no key for %s, but there is one: use OPERATION_CLASS_KEYED."
              .formatted(operationClass));
    }
    if (publishRecord.getTombstone() && (!keyed || publishRecord.hasPayload())) {
      return invalid("Expected a tombstone to be keyed and without payload, but it is not.");
    }
    return switch (operationClass) {
      case OPERATION_CLASS_KEYED ->
          Names.check("key", publishRecord.getKey(), limits.maxKeyBytes());
      case OPERATION_CLASS_EVENT ->
          log == Log.LOG_TELEMETRY
              ? invalid(
                  "Expected keyed or ephemeral telemetry, but got an event: use topic alerts for what must be delivered.")
              : null;
      case OPERATION_CLASS_EPHEMERAL ->
          log == Log.LOG_TELEMETRY
              ? null
              : invalid(
                  "Expected an event or keyed operation, but ephemeral ones are telemetry only.");
      case OPERATION_CLASS_UNSPECIFIED, UNRECOGNIZED ->
          invalid(
              "Expected a class of operation (event, keyed, ephemeral), but got number %d."
                  .formatted(publishRecord.getOperationClassValue()));
    };
  }

  private @Nullable Refusal checkPayload(Payload payload) {
    if (payload.getData().size() > limits.maxPayloadBytes()) {
      return tooLarge(
          "Expected a payload of at most %d bytes, but it has %d."
              .formatted(limits.maxPayloadBytes(), payload.getData().size()));
    }
    if (utf8Length(payload.getType()) > limits.maxTypeBytes()
        || utf8Length(payload.getContentType()) > limits.maxTypeBytes()) {
      return invalid(
          "Expected payload type and content type of at most %d bytes each, but one is longer."
              .formatted(limits.maxTypeBytes()));
    }
    return null;
  }

  private static @Nullable Refusal checkUnserved(PublishRecord publishRecord) {
    if (publishRecord.getDeliverAtUnixNano() != 0) {
      return Refusal.of(
          ErrorReason.ERROR_REASON_NOT_SERVED,
          "Expected deliver_at to be unset, but it is set: this version does not serve it yet.");
    }
    if (publishRecord.getTerm() != 0) {
      return Refusal.of(
          ErrorReason.ERROR_REASON_NOT_SERVED,
          "Expected term to be unset, but it is set: this version does not serve elections yet.");
    }
    return null;
  }

  /** A time that is past is fine: a retry that comes late shall get its first answer. */
  private static @Nullable Refusal checkExpiry(PublishRecord publishRecord) {
    if (publishRecord.getExpiresAtUnixNano() < 0) {
      return invalid(
          "Expected expires_at below 2^63 ns, in the year 2262, but got %s."
              .formatted(Long.toUnsignedString(publishRecord.getExpiresAtUnixNano())));
    }
    if (publishRecord.getExpiresAtUnixNano() != 0 && publishRecord.getTombstone()) {
      return invalid(
          "Expected a tombstone without expires_at, but it has one: what is deleted cannot expire.");
    }
    return null;
  }

  private static Refusal tooLarge(String message) {
    return Refusal.of(ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE, message);
  }
}
