package dev.swarmlog.storage.eventlog;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
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
  private static final int CLASS_TAG =
      tag(Operation.OPERATION_CLASS_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
  private static final int KEY_TAG =
      tag(Operation.KEY_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
  private static final int EXPIRES_TAG =
      tag(Operation.EXPIRES_AT_UNIX_NANO_FIELD_NUMBER, WireFormat.WIRETYPE_FIXED64);
  private static final int VALUE_DIGEST_TAG =
      tag(Operation.VALUE_DIGEST_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);

  private static final byte[] NOTHING = new byte[0];

  private StoredRows() {}

  private static int tag(int field, int wireType) {
    return field << 3 | wireType;
  }

  static byte[] runningHash(byte[] row) {
    return Arrays.copyOf(row, Bytes.HASH_BYTES);
  }

  /**
   * What an operation is in a delta.
   *
   * @param key empty unless it is keyed
   * @param valueDigest empty for a tombstone
   */
  @SuppressWarnings("ArrayRecordComponent") // parsed, compared nowhere
  record Parsed(StoredOperation operation, byte[] key, byte[] valueDigest) {}

  /** All of the operation of a row, with its payload. */
  static Operation whole(byte[] row, long opId) {
    try {
      return Operation.parser().parseFrom(row, Bytes.HASH_BYTES, row.length - Bytes.HASH_BYTES);
    } catch (InvalidProtocolBufferException e) {
      throw damaged(opId);
    }
  }

  /** The operation of a row. */
  static StoredOperation operation(byte[] row, long opId) {
    return parse(row, opId).operation();
  }

  /**
   * The operation of a row, without its payload: fields are written in ascending order, and what
   * follows the value digest is not looked at.
   */
  static Parsed parse(byte[] row, long opId) {
    byte[] stored = Arrays.copyOfRange(row, Bytes.HASH_BYTES, row.length);
    long foundOpId = 0;
    long groupLast = 0;
    long expiresAtUnixNs = 0;
    Topic topic = null;
    Target target = null;
    OperationClass operationClass = null;
    byte[] key = NOTHING;
    byte[] valueDigest = NOTHING;
    try {
      CodedInputStream in = CodedInputStream.newInstance(stored);
      int tag;
      while ((tag = in.readTag()) != 0 && tag <= VALUE_DIGEST_TAG) {
        if (tag == OP_ID_TAG) {
          foundOpId = in.readUInt64();
        } else if (tag == GROUP_LAST_TAG) {
          groupLast = in.readUInt64();
        } else if (tag == TOPIC_TAG) {
          topic = Topic.forNumber(in.readEnum());
        } else if (tag == TARGET_TAG) {
          target = in.readMessage(Target.parser(), ExtensionRegistryLite.getEmptyRegistry());
        } else if (tag == CLASS_TAG) {
          operationClass = OperationClass.forNumber(in.readEnum());
        } else if (tag == KEY_TAG) {
          key = in.readByteArray();
        } else if (tag == EXPIRES_TAG) {
          expiresAtUnixNs = in.readFixed64();
        } else if (tag == VALUE_DIGEST_TAG) {
          valueDigest = in.readByteArray();
        } else {
          in.skipField(tag);
        }
      }
    } catch (IOException e) {
      throw damaged(opId);
    }
    if (foundOpId != opId || topic == null || target == null || operationClass == null) {
      throw damaged(opId);
    }
    Scope scope = Scopes.canonical(topic, Scopes.kindOf(target), Scopes.nameOf(target));
    return new Parsed(
        new StoredOperation(
            opId, groupLast, scope, operationClass, runningHash(row), expiresAtUnixNs, stored),
        key,
        valueDigest);
  }

  static StorageException damaged(long opId) {
    return new StorageException(
        StorageException.Kind.DAMAGED,
        "Expected operation "
            + opId
            + " in its row, but the row cannot be read. Restore the directory from a backup.");
  }
}
