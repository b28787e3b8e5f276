package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/**
 * The hashes of the format, each the first 16 bytes of a SHA-256: docs/state-digest.md.
 *
 * <p>Owned by one thread: it reuses one SHA-256.
 */
final class Digests {

  private static final byte TAG_VALUE = 1;
  private static final byte TAG_KEY = 2;
  private static final byte TAG_EVENT = 3;
  private static final int SHA_BYTES = 32;

  private final MessageDigest sha256;
  private final byte[] full = new byte[SHA_BYTES];
  private final byte[] number = new byte[Long.BYTES];
  private final ByteOutput intoSha256 = new IntoSha256();

  Digests() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Expected SHA-256 in every JDK, but it is missing", e);
    }
  }

  /**
   * {@code 01 | type | content type | schema version (4) | data}, texts and data preceded by their
   * length (4).
   */
  byte[] value(Payload payload) {
    sha256.update(TAG_VALUE);
    prefixed(payload.getTypeBytes());
    prefixed(payload.getContentTypeBytes());
    u32(payload.getSchemaVersion());
    prefixed(payload.getData());
    return finish();
  }

  /** {@code 02 | scope | key length (4) | key | value digest}. */
  byte[] key(byte[] scopePart, byte[] key, byte[] valueDigest) {
    sha256.update(TAG_KEY);
    sha256.update(scopePart);
    u32(key.length);
    sha256.update(key);
    sha256.update(valueDigest);
    return finish();
  }

  /** {@code 03 | op (8) | scope | value digest}. */
  byte[] event(long opId, byte[] scopePart, byte[] valueDigest) {
    sha256.update(TAG_EVENT);
    u64(opId);
    sha256.update(scopePart);
    sha256.update(valueDigest);
    return finish();
  }

  /** {@code previous running hash | stored operation}. */
  byte[] running(byte[] previous, byte[] storedOperation) {
    sha256.update(previous);
    sha256.update(storedOperation);
    return finish();
  }

  /** Whether a row of {@code log} has the running hash that follows from the one before it. */
  boolean follows(byte[] previous, byte[] row) {
    sha256.update(previous);
    sha256.update(row, Bytes.HASH_BYTES, row.length - Bytes.HASH_BYTES);
    return Arrays.equals(finish(), StoredRows.runningHash(row));
  }

  /** */
  byte[] group(PublishGroup group, List<byte[]> valueDigests) {
    prefixed(group.getIdempotencyKeyBytes());
    u32(group.getRecordsCount());
    for (int i = 0; i < group.getRecordsCount(); i++) {
      PublishRecord record = group.getRecords(i);
      u32(record.getTopicValue());
      u32(Scopes.kindOf(record.getTarget()));
      prefixed(ByteString.copyFromUtf8(Scopes.nameOf(record.getTarget())));
      u32(record.getOperationClassValue());
      prefixed(record.getKeyBytes());
      u32(record.getTombstone() ? 1 : 0);
      sha256.update(valueDigests.get(i));
      u64(record.getDeliverAtUnixNano());
      u64(0); // Format 1 knew no other expiry.
    }
    return finish();
  }

  private void prefixed(ByteString part) {
    u32(part.size());
    try {
      UnsafeByteOperations.unsafeWriteTo(part, intoSha256);
    } catch (IOException e) {
      throw new IllegalStateException("Expected a hash to take bytes, but it failed", e);
    }
  }

  private void u32(int value) {
    number[0] = (byte) (value >>> 24);
    number[1] = (byte) (value >>> 16);
    number[2] = (byte) (value >>> 8);
    number[3] = (byte) value;
    sha256.update(number, 0, Integer.BYTES);
  }

  private void u64(long value) {
    Bytes.putLong(number, 0, value);
    sha256.update(number);
  }

  private byte[] finish() {
    try {
      sha256.digest(full, 0, SHA_BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("Expected SHA-256 to fit into 32 bytes, but it does not", e);
    }
    byte[] half = new byte[Bytes.HASH_BYTES];
    System.arraycopy(full, 0, half, 0, half.length);
    return half;
  }

  /** Feeds the hash with a byte string's own array instead of a copy; the hash only reads it. */
  private final class IntoSha256 extends ByteOutput {
    @Override
    public void write(byte value) {
      sha256.update(value);
    }

    @Override
    public void write(byte[] value, int offset, int length) {
      sha256.update(value, offset, length);
    }

    @Override
    public void writeLazy(byte[] value, int offset, int length) {
      sha256.update(value, offset, length);
    }

    @Override
    public void write(ByteBuffer value) {
      sha256.update(value);
    }

    @Override
    public void writeLazy(ByteBuffer value) {
      sha256.update(value);
    }
  }
}
