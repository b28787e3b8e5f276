package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.Outcome.Refused;
import dev.swarmlog.v1.ErrorReason;
import java.util.Map;

/** The refusals of apply, worded for people. */
final class Refusals {

  private Refusals() {}

  static Refused of(ErrorReason reason, String message) {
    return new Refused(reason, message, Map.of());
  }

  static Refused invalid(String message) {
    return of(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, message);
  }

  static Refused swarmNotFound(String name) {
    return new Refused(
        ErrorReason.ERROR_REASON_SWARM_NOT_FOUND,
        "Expected an existing swarm, but there is none named '" + name + "'.",
        Map.of("swarm", name));
  }

  static Refused foreignProducer(String producer) {
    return of(
        ErrorReason.ERROR_REASON_PERMISSION_DENIED,
        "Expected a producer ID of one's own, but '" + producer + "' belongs to another principal");
  }

  static Refused fenced(String producer, long epoch, long newest) {
    return new Refused(
        ErrorReason.ERROR_REASON_PRODUCER_FENCED,
        "Expected epoch "
            + Long.toUnsignedString(newest)
            + " of producer '"
            + producer
            + "', but "
            + Long.toUnsignedString(epoch)
            + " has been superseded by it",
        Map.of("producer_epoch", Long.toUnsignedString(newest)));
  }

  static Refused unknownEpoch(String producer, long epoch, long newest) {
    return new Refused(
        ErrorReason.ERROR_REASON_EPOCH_MISMATCH,
        "Expected an epoch that was given to producer '"
            + producer
            + "', but "
            + Long.toUnsignedString(epoch)
            + " never was; the newest is "
            + Long.toUnsignedString(newest)
            + ". Open the producer with epoch 0",
        Map.of("producer_epoch", Long.toUnsignedString(newest)));
  }

  static Refused outOfSequence(long number, long expected) {
    return new Refused(
        ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE,
        "Expected request number "
            + Long.toUnsignedString(expected)
            + ", but got "
            + Long.toUnsignedString(number),
        Map.of("expected_number", Long.toUnsignedString(expected)));
  }

  static Refused numberConflict(long number) {
    return of(
        ErrorReason.ERROR_REASON_REQUEST_CONFLICT,
        "Expected the same content again under request number "
            + Long.toUnsignedString(number)
            + ", but it differs from what was appended");
  }

  static Refused keyConflict(String key) {
    return of(
        ErrorReason.ERROR_REASON_REQUEST_CONFLICT,
        "Expected the same content again under idempotency key '"
            + key
            + "', but it differs from what was appended");
  }

  static Refused tooOld(long number, long lastNumber, int window) {
    return of(
        ErrorReason.ERROR_REASON_REQUEST_TOO_OLD,
        "Expected a request number above "
            + Long.toUnsignedString(lastNumber - window)
            + ", but got "
            + Long.toUnsignedString(number)
            + ": its answer is no longer remembered, so its outcome is unknown");
  }

  static Refused notServed(String field) {
    return new Refused(
        ErrorReason.ERROR_REASON_NOT_SERVED,
        "Expected " + field + " to be 0, but it is set, and this version does not serve it yet",
        Map.of("field", field));
  }
}
