package dev.swarmlog.server.path.deliver;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import java.io.IOException;

/** Looks into what is stored of an operation, which is also its wire form. */
final class StoredForm {

  private StoredForm() {}

  /** Whether it deletes its key. Copies nothing. */
  static boolean isTombstone(StoredOperation operation) {
    return read(operation, Operation.TOMBSTONE_FIELD_NUMBER, CodedInputStream::readBool);
  }

  /**
   * Whether it gives an agent again what it could not apply. Looks into events for one agent only.
   */
  static boolean isRedelivery(StoredOperation operation) {
    return !operation.isKeyed()
        && operation.scope().getTarget().hasAgent()
        && read(
            operation,
            Operation.ORIGIN_FIELD_NUMBER,
            in ->
                Origin.parseFrom(in.readByteBuffer()).getOperationClass()
                    != OperationClass.OPERATION_CLASS_UNSPECIFIED);
  }

  /** Reads the value of a field. */
  private interface Field {
    boolean read(CodedInputStream in) throws IOException;
  }

  /** False if it has no such field. */
  private static boolean read(StoredOperation operation, int fieldNumber, Field field) {
    CodedInputStream in = CodedInputStream.newInstance(operation.bytes());
    try {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == fieldNumber) {
          return field.read(in);
        }
        in.skipField(tag);
      }
      return false;
    } catch (IOException e) {
      throw new IllegalStateException(
          "Expected operation %d to be a stored operation, but it cannot be read"
              .formatted(operation.opId()),
          e);
    }
  }
}
