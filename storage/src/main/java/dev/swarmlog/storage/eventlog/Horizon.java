package dev.swarmlog.storage.eventlog;

import java.util.Arrays;

/**
 * How far a log has been compacted: the lowest operation at which everything about it can still be
 * told.
 *
 * @param opId 0 if it never was; always the end of a publish group
 * @param runningHash of the log there, 16 bytes: its row may have gone; zeros above 0 if a repair
 *     could not find it
 */
@SuppressWarnings("ArrayRecordComponent") // never changed, compared nowhere
record Horizon(long opId, byte[] runningHash) {

  static final Horizon START = new Horizon(0, new byte[Bytes.HASH_BYTES]);

  /** From its row: {@code op (8) | running hash (16)}. */
  static Horizon ofRow(byte[] row) {
    return new Horizon(
        Bytes.getLong(row, 0), Arrays.copyOfRange(row, Long.BYTES, Long.BYTES + Bytes.HASH_BYTES));
  }

  /** Whether the operation behind it can be held against it. */
  boolean hashKnown() {
    return opId == 0 || !Arrays.equals(runningHash, START.runningHash);
  }

  byte[] toRow() {
    return new KeyBuilder(Long.BYTES + Bytes.HASH_BYTES).u64(opId).raw(runningHash).toBytes();
  }
}
