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
 * | written bytes (8) | state bytes (8)
 * </pre>
 *
 * <p>Deletions are counted since format 2: a row without them stands for as many as it has
 * operations. Bytes are since format 3: of keyed operations, all that were ever written and those
 * of live keys. A scope that had rows without them never knows the bytes of its state, which is
 * what 2^64 - 1 says.
 */
final class Sums {

  static final int BYTES = 72;

  /** The state bytes of a scope that has rows from before they were added up. */
  static final long UNKNOWN = -1;

  private static final int EVENT_COUNT_OFFSET = 16;
  private static final int EVENT_HASH_OFFSET = 24;
  private static final int OP_COUNT_OFFSET = 40;
  private static final int DELETION_COUNT_OFFSET = 48;
  private static final int WRITTEN_BYTES_OFFSET = 56;
  private static final int STATE_BYTES_OFFSET = 64;

  private final byte[] row;

  Sums() {
    row = new byte[BYTES];
  }

  Sums(byte[] row) {
    this.row = Arrays.copyOf(row, BYTES);
    if (row.length <= DELETION_COUNT_OFFSET) {
      Bytes.putLong(this.row, DELETION_COUNT_OFFSET, opCount());
    }
    if (row.length < BYTES) {
      Bytes.putLong(this.row, STATE_BYTES_OFFSET, UNKNOWN);
    }
  }

  /**
   * A key came to hold a value.
   *
   * @param bytes of its operation
   */
  void addKey(byte[] keyDigest, int bytes) {
    add(0, keyDigest);
    addStateBytes(bytes);
  }

  /**
   * A key no longer holds a value.
   *
   * @param bytes of its operation; anything if the state bytes are not known
   */
  void removeKey(byte[] keyDigest, int bytes) {
    addStateBytes(-bytes);
    subtract(0, keyDigest);
  }

  /** Forgets what all keys hold, and nothing else: they are {@link #addKey added} anew. */
  void removeKeys() {
    Arrays.fill(row, 0, Bytes.HASH_BYTES, (byte) 0);
    if (stateBytes(row) != UNKNOWN) {
      Bytes.putLong(row, STATE_BYTES_OFFSET, 0);
    }
  }

  /** A must-deliver event was appended. */
  void addEvent(byte[] eventDigest) {
    addTo(EVENT_COUNT_OFFSET, 1);
    add(EVENT_HASH_OFFSET, eventDigest);
  }

  /**
   * Events of another account come to this one.
   *
   * @param eventHash the sum of their digests
   */
  void addEvents(long count, byte[] eventHash) {
    addTo(EVENT_COUNT_OFFSET, count);
    add(EVENT_HASH_OFFSET, eventHash);
  }

  /** Takes the digests of some events out of the hash, and leaves the count. */
  void removeEventHash(byte[] eventHash) {
    subtract(EVENT_HASH_OFFSET, eventHash);
  }

  /** An operation of any class was appended. */
  void addOperation() {
    addTo(OP_COUNT_OFFSET, 1);
  }

  /** A key was deleted. */
  void addDeletion() {
    addTo(DELETION_COUNT_OFFSET, 1);
  }

  /** A keyed operation was appended, a deletion or not. */
  void addWritten(int bytes) {
    addTo(WRITTEN_BYTES_OFFSET, bytes);
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
    return row.length <= DELETION_COUNT_OFFSET ? 0 : Bytes.getLong(row, DELETION_COUNT_OFFSET);
  }

  /** Deletions at most, out of a row. */
  static long deletionsAtMost(byte[] row) {
    return row.length <= DELETION_COUNT_OFFSET
        ? opCount(row)
        : Bytes.getLong(row, DELETION_COUNT_OFFSET);
  }

  /** Bytes of keyed operations at least, out of a row. */
  static long writtenBytesAtLeast(byte[] row) {
    return row.length < BYTES ? 0 : Bytes.getLong(row, WRITTEN_BYTES_OFFSET);
  }

  /** Bytes of the operations of live keys out of a row, or {@link #UNKNOWN}. */
  static long stateBytes(byte[] row) {
    return row.length < BYTES ? UNKNOWN : Bytes.getLong(row, STATE_BYTES_OFFSET);
  }

  /** Operations of any class, out of a row. */
  static long opCount(byte[] row) {
    return Bytes.getLong(row, OP_COUNT_OFFSET);
  }

  private void addStateBytes(int bytes) {
    if (stateBytes(row) != UNKNOWN) {
      addTo(STATE_BYTES_OFFSET, bytes);
    }
  }

  private void addTo(int offset, long more) {
    Bytes.putLong(row, offset, Bytes.getLong(row, offset) + more);
  }

  private void subtract(int offset, byte[] digest) {
    long low = Bytes.getLong(row, offset + 8);
    long lowPart = Bytes.getLong(digest, 8);
    long borrow = Long.compareUnsigned(low, lowPart) < 0 ? 1 : 0;
    Bytes.putLong(row, offset + 8, low - lowPart);
    Bytes.putLong(row, offset, Bytes.getLong(row, offset) - Bytes.getLong(digest, 0) - borrow);
  }

  private void add(int offset, byte[] digest) {
    long low = Bytes.getLong(row, offset + 8);
    long sum = low + Bytes.getLong(digest, 8);
    long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
    Bytes.putLong(row, offset + 8, sum);
    Bytes.putLong(row, offset, Bytes.getLong(row, offset) + Bytes.getLong(digest, 0) + carry);
  }
}
