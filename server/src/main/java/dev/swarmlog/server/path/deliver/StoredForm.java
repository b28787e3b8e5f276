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

  /**
   * What an operation says of its publish and of its append.
   *
   * @param publisher empty: the coordinator itself
   * @param publishUnixNs by the publisher's clock; 0 if it did not say
   * @param appendUnixNs by the logged clock
   * @param traceparent empty if it has none
   * @param tracestate may be empty
   */
  record Publish(
      String publisher,
      long publishUnixNs,
      long appendUnixNs,
      String traceparent,
      String tracestate) {}

  /** What it says of its publish. Copies these few fields only. */
  static Publish publish(StoredOperation operation) {
    CodedInputStream in = CodedInputStream.newInstance(operation.bytes());
    String publisher = "";
    long publishUnixNs = 0;
    long appendUnixNs = 0;
    String traceparent = "";
    String tracestate = "";
    try {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case Operation.PUBLISHER_FIELD_NUMBER -> publisher = in.readString();
          case Operation.PUBLISH_TIME_UNIX_NANO_FIELD_NUMBER -> publishUnixNs = in.readFixed64();
          case Operation.APPEND_TIME_UNIX_NANO_FIELD_NUMBER -> appendUnixNs = in.readFixed64();
          case Operation.TRACEPARENT_FIELD_NUMBER -> traceparent = in.readString();
          case Operation.TRACESTATE_FIELD_NUMBER -> tracestate = in.readString();
          default -> in.skipField(tag);
        }
      }
    } catch (IOException e) {
      throw unreadable(operation, e);
    }
    return new Publish(publisher, publishUnixNs, appendUnixNs, traceparent, tracestate);
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
      throw unreadable(operation, e);
    }
  }

  private static IllegalStateException unreadable(StoredOperation operation, IOException cause) {
    return new IllegalStateException(
        "Expected operation %d to be a stored operation, but it cannot be read"
            .formatted(operation.opId()),
        cause);
  }
}
