package dev.swarmlog.storage;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;

/**
 * One operation as it is stored, which is also its wire form.
 *
 * @param opId its operation ID
 * @param groupLast last operation of its publish group
 * @param scope where it belongs
 * @param operationClass how it ages
 * @param runningHash of its log at this operation, 16 bytes; empty in telemetry
 * @param expiresAtUnixNs when it becomes worthless, on the logged clock; 0 for never
 * @param bytes a serialized {@link Operation}; shared, never to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // shared with every delivery, compared nowhere
public record StoredOperation(
    long opId,
    long groupLast,
    Scope scope,
    OperationClass operationClass,
    byte[] runningHash,
    long expiresAtUnixNs,
    byte[] bytes) {

  /** Whether a later operation on its key supersedes it. */
  public boolean isKeyed() {
    return operationClass == OperationClass.OPERATION_CLASS_KEYED;
  }

  /** Whether it is worthless at a logged time. */
  public boolean isExpired(long loggedUnixNs) {
    return expiresAtUnixNs != 0 && expiresAtUnixNs <= loggedUnixNs;
  }

  /** The whole operation, parsed anew at each call. */
  public Operation toProto() {
    try {
      return Operation.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(
          "Expected operation " + opId + " to be a stored operation, but it cannot be read", e);
    }
  }
}
