package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import java.util.Arrays;

/**
 * Running sums of one scope: docs/state-digest.md. Sums of digests are unsigned, modulo 2^128.
 *
 * <pre>
 * state digest (16) | event count (8) | event hash (16) | op count (8) | deletion count (8)
 * </pre>
 *
 * <p>Deletions are counted since format 2. A row that was written before has none, and stands for
 * as many as it has operations.
 */
final class Sums {

  static final int BYTES = 56;

  private static final int EVENT_COUNT_OFFSET = 16;
  private static final int EVENT_HASH_OFFSET = 24;
  private static final int OP_COUNT_OFFSET = 40;
  private static final int DELETION_COUNT_OFFSET = 48;

  private final byte[] row;

  Sums() {
    row = new byte[BYTES];
  }

  Sums(byte[] row) {
    this.row = Arrays.copyOf(row, BYTES);
    if (row.length < BYTES) {
      Bytes.putLong(this.row, DELETION_COUNT_OFFSET, opCount());
    }
  }

  /** A key came to hold a value. */
  void addKey(byte[] keyDigest) {
    add(0, keyDigest);
  }

  /** A key no longer holds a value. */
  void removeKey(byte[] keyDigest) {
    long low = Bytes.getLong(row, 8);
    long lowPart = Bytes.getLong(keyDigest, 8);
    long borrow = Long.compareUnsigned(low, lowPart) < 0 ? 1 : 0;
    Bytes.putLong(row, 8, low - lowPart);
    Bytes.putLong(row, 0, Bytes.getLong(row, 0) - Bytes.getLong(keyDigest, 0) - borrow);
  }

  /** A must-deliver event was appended. */
  void addEvent(byte[] eventDigest) {
    Bytes.putLong(row, EVENT_COUNT_OFFSET, Bytes.getLong(row, EVENT_COUNT_OFFSET) + 1);
    add(EVENT_HASH_OFFSET, eventDigest);
  }

  /** An operation of any class was appended. */
  void addOperation() {
    Bytes.putLong(row, OP_COUNT_OFFSET, opCount() + 1);
  }

  /** A key was deleted. */
  void addDeletion() {
    Bytes.putLong(row, DELETION_COUNT_OFFSET, Bytes.getLong(row, DELETION_COUNT_OFFSET) + 1);
  }

  long opCount() {
    return Bytes.getLong(row, OP_COUNT_OFFSET);
  }

  long eventCount() {
    return Bytes.getLong(row, EVENT_COUNT_OFFSET);
  }

  byte[] eventHash() {
    return Arrays.copyOfRange(row, EVENT_HASH_OFFSET, EVENT_HASH_OFFSET + Bytes.HASH_BYTES);
  }

  /** The row as it is now. */
  byte[] toRow() {
    return row.clone();
  }

  ScopeSums toProto(Scope scope) {
    return ScopeSums.newBuilder()
        .setScope(scope)
        .setStateDigest(ByteString.copyFrom(row, 0, Bytes.HASH_BYTES))
        .setEventCount(eventCount())
        .setEventHash(ByteString.copyFrom(row, EVENT_HASH_OFFSET, Bytes.HASH_BYTES))
        .setOpCount(opCount())
        .build();
  }

  /** Deletions at least, out of a row. */
  static long deletionsAtLeast(byte[] row) {
    return row.length < BYTES ? 0 : Bytes.getLong(row, DELETION_COUNT_OFFSET);
  }

  /** Deletions at most, out of a row. */
  static long deletionsAtMost(byte[] row) {
    return row.length < BYTES ? opCount(row) : Bytes.getLong(row, DELETION_COUNT_OFFSET);
  }

  /** Operations of any class, out of a row. */
  static long opCount(byte[] row) {
    return Bytes.getLong(row, OP_COUNT_OFFSET);
  }

  private void add(int offset, byte[] digest) {
    long low = Bytes.getLong(row, offset + 8);
    long sum = low + Bytes.getLong(digest, 8);
    long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
    Bytes.putLong(row, offset + 8, sum);
    Bytes.putLong(row, offset, Bytes.getLong(row, offset) + Bytes.getLong(digest, 0) + carry);
  }
}
