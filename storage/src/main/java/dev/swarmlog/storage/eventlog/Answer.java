package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.Arrays;

/**
 * The remembered answer to a publish group.
 *
 * <pre>
 * producer epoch (8) | number (8) | epoch (8) | first op (8) | last op (8) | running hash at last (16)
 *   | comparison digest (16) | log (1)
 * </pre>
 */
@SuppressWarnings("ArrayRecordComponent") // a decoded row; compared by comparison digest only
record Answer(
    long producerEpoch,
    long number,
    long epoch,
    long firstOpId,
    long lastOpId,
    byte[] lastHash,
    byte[] comparison,
    Log log) {

  static final int BYTES = 73;

  byte[] encode() {
    return new KeyBuilder(BYTES)
        .u64(producerEpoch)
        .u64(number)
        .u64(epoch)
        .u64(firstOpId)
        .u64(lastOpId)
        .raw(lastHash)
        .raw(comparison)
        .u8(log.getNumber())
        .toBytes();
  }

  static Answer decode(byte[] row, int offset) {
    return new Answer(
        Bytes.getLong(row, offset),
        Bytes.getLong(row, offset + 8),
        Bytes.getLong(row, offset + 16),
        Bytes.getLong(row, offset + 24),
        Bytes.getLong(row, offset + 32),
        Arrays.copyOfRange(row, offset + 40, offset + 56),
        Arrays.copyOfRange(row, offset + 56, offset + 72),
        Log.forNumber(row[offset + 72]));
  }

  /** The same under another number, for a group that was known by its idempotency key. */
  Answer under(long producerEpoch, long number) {
    return new Answer(producerEpoch, number, epoch, firstOpId, lastOpId, lastHash, comparison, log);
  }

  boolean answers(byte[] otherComparison) {
    return Arrays.equals(comparison, otherComparison);
  }

  Outcome.Appended toOutcome(long incarnation) {
    return new Outcome.Appended(
        firstOpId,
        Position.newBuilder()
            .setIncarnation(incarnation)
            .setEpoch(epoch)
            .setLog(log)
            .setOpId(lastOpId)
            .setRunningHash(ByteString.copyFrom(lastHash))
            .build(),
        /* duplicate= */ true);
  }
}
