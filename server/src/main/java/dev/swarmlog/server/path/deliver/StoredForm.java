package dev.swarmlog.server.path.deliver;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Operation;
import java.io.IOException;

/** Looks into what is stored of an operation, which is also its wire form. */
final class StoredForm {

  private StoredForm() {}

  /** Whether it deletes its key. Copies nothing. */
  static boolean isTombstone(StoredOperation operation) {
    CodedInputStream in = CodedInputStream.newInstance(operation.bytes());
    try {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == Operation.TOMBSTONE_FIELD_NUMBER) {
          return in.readBool();
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
