package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.Outcome.Refused;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishRecord;
import org.jspecify.annotations.Nullable;

/**
 * What a command must be like before apply touches anything.
 *
 * <p>The coordinator checks more, and earlier, against its configured limits. These are the bounds
 * of the format, the same everywhere, so that no entry can be applied by half.
 */
final class GroupRules {

  static final int MAX_NAME_BYTES = 128;
  static final int MAX_KEY_BYTES = 8 * 1024;
  static final int MAX_IDEMPOTENCY_KEY_BYTES = 256;

  private GroupRules() {}

  /** Whether a name has 1 to 128 bytes of UTF-8 and no control characters. */
  static boolean isName(String name) {
    return !name.isEmpty()
        && Keys.utf8(name).length <= MAX_NAME_BYTES
        && name.chars().noneMatch(Character::isISOControl);
  }

  static boolean isCommittedLog(Log log) {
    return log == Log.LOG_MAIN || log == Log.LOG_CONTROL;
  }

  /** What is wrong with it, or null. */
  static @Nullable Refused check(Append append) {
    if (!isCommittedLog(append.getLog())) {
      return Refusals.invalid(
          "Expected log main or control, but got number " + append.getLogValue());
    }
    if (append.getGroup().getRecordsCount() == 0) {
      return Refusals.invalid("Expected 1 record or more in a publish group, but got none");
    }
    if (append.getGroup().getIdempotencyKeyBytes().size() > MAX_IDEMPOTENCY_KEY_BYTES) {
      return Refusals.invalid(
          "Expected an idempotency key of at most "
              + MAX_IDEMPOTENCY_KEY_BYTES
              + " bytes, but it has "
              + append.getGroup().getIdempotencyKeyBytes().size());
    }
    boolean numbered = append.getGroup().getNumber() != 0;
    if (append.getProducerId().isEmpty() == numbered) {
      return Refusals.invalid(
          numbered
              ? "Expected a producer for a request number, but none is named"
              : "Expected a request number from 1 on, but got 0");
    }
    for (int i = 0; i < append.getGroup().getRecordsCount(); i++) {
      Refused refused = check(append.getGroup().getRecords(i), append.getLog(), i);
      if (refused != null) {
        return refused;
      }
    }
    return null;
  }

  private static @Nullable Refused check(PublishRecord record, Log log, int at) {
    String where = " in record " + at;
    if (Scopes.logOf(record.getTopic()) != log) {
      return Refusals.invalid(
          "Expected a topic of "
              + LogName.of(log)
              + where
              + ", but got topic number "
              + record.getTopicValue());
    }
    int kind = Scopes.kindOf(record.getTarget());
    if (kind == 0) {
      return Refusals.invalid("Expected a target" + where + ", but none is set");
    }
    if (kind != Scopes.KIND_ALL && !isName(Scopes.nameOf(record.getTarget()))) {
      return Refusals.invalid(
          "Expected a target name of 1 to "
              + MAX_NAME_BYTES
              + " bytes without control characters"
              + where
              + ", but it is not one");
    }
    if (record.getDeliverAtUnixNano() != 0) {
      return Refusals.notServed("deliver_at_unix_nano");
    }
    if (record.getExpiresAtUnixNano() < 0) {
      return Refusals.invalid(
          "Expected expires_at_unix_nano below 2^63, in the year 2262"
              + where
              + ", but got "
              + Long.toUnsignedString(record.getExpiresAtUnixNano()));
    }
    if (record.getExpiresAtUnixNano() != 0 && record.getTombstone()) {
      return Refusals.invalid(
          "Expected a tombstone without expires_at_unix_nano" + where + ", but it is set");
    }
    return checkClass(record, where);
  }

  private static @Nullable Refused checkClass(PublishRecord record, String where) {
    int keyBytes = record.getKeyBytes().size();
    if (record.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
      if (keyBytes > 0) {
        return Refusals.invalid("Expected an event without a key" + where + ", but it has one");
      }
      if (record.getTombstone()) {
        return Refusals.invalid(
            "Expected a tombstone to be keyed" + where + ", but it is an event");
      }
      return null;
    }
    if (record.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED) {
      return Refusals.invalid(
          "Expected class EVENT or KEYED"
              + where
              + ", but got number "
              + record.getOperationClassValue());
    }
    if (keyBytes == 0 || keyBytes > MAX_KEY_BYTES) {
      return Refusals.invalid(
          "Expected a key of 1 to "
              + MAX_KEY_BYTES
              + " bytes"
              + where
              + ", but it has "
              + keyBytes);
    }
    if (record.getTombstone() && !record.getPayload().equals(Payload.getDefaultInstance())) {
      return Refusals.invalid(
          "Expected a tombstone without a payload" + where + ", but it has one");
    }
    return null;
  }
}
