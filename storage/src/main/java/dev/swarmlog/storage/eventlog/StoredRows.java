package dev.swarmlog.storage.eventlog;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.WireFormat;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.util.Arrays;

/** Reads rows of {@code log}: {@code running hash (16) | Operation*}. */
final class StoredRows {

  private static final int OP_ID_TAG =
      tag(Operation.OP_ID_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
  private static final int GROUP_LAST_TAG =
      tag(Operation.GROUP_LAST_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
  private static final int TOPIC_TAG =
      tag(Operation.TOPIC_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
  private static final int TARGET_TAG =
      tag(Operation.TARGET_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);

  private StoredRows() {}

  private static int tag(int field, int wireType) {
    return field << 3 | wireType;
  }

  static byte[] runningHash(byte[] row) {
    return Arrays.copyOf(row, Bytes.HASH_BYTES);
  }

  /**
   * The operation of a row. Only what leads the message is parsed; its fields are written in
   * ascending order.
   */
  static StoredOperation operation(byte[] row, long opId) {
    byte[] stored = Arrays.copyOfRange(row, Bytes.HASH_BYTES, row.length);
    long foundOpId = 0;
    long groupLast = 0;
    Topic topic = Topic.TOPIC_UNSPECIFIED;
    try {
      CodedInputStream in = CodedInputStream.newInstance(stored);
      while (true) {
        int tag = in.readTag();
        if (tag == OP_ID_TAG) {
          foundOpId = in.readUInt64();
        } else if (tag == GROUP_LAST_TAG) {
          groupLast = in.readUInt64();
        } else if (tag == TOPIC_TAG) {
          topic = Topic.forNumber(in.readEnum());
        } else if (tag == TARGET_TAG) {
          Target target = in.readMessage(Target.parser(), ExtensionRegistryLite.getEmptyRegistry());
          if (foundOpId != opId || topic == null) {
            throw damaged(opId);
          }
          Scope scope = Scopes.canonical(topic, Scopes.kindOf(target), Scopes.nameOf(target));
          return new StoredOperation(opId, groupLast, scope, runningHash(row), stored);
        } else if (!in.skipField(tag)) {
          throw damaged(opId);
        }
      }
    } catch (IOException e) {
      throw damaged(opId);
    }
  }

  private static StorageException damaged(long opId) {
    return new StorageException(
        StorageException.Kind.DAMAGED,
        "Expected operation "
            + opId
            + " in its row, but the row cannot be read. Restore the directory from a backup.");
  }
}
