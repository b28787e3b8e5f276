package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What keys of one log held at earlier operations: one cursor for many seeks, opened at the first
 * one. Used by one thread within one call; what it sees at or below the durable head never changes.
 */
final class KeyHistory implements AutoCloseable {

  private static final byte[] NOTHING = new byte[0];

  private final KeyValueStore store;
  private final byte[] partition;
  private @Nullable RowCursor rows;

  KeyHistory(KeyValueStore store, byte[] partition) {
    this.store = store;
    this.partition = partition;
  }

  /**
   * A key at an operation.
   *
   * @param opId of its newest operation then; 0 if it had none
   * @param valueDigest empty if it was not live
   */
  @SuppressWarnings("ArrayRecordComponent") // a decoded row, compared nowhere
  record Version(long opId, byte[] valueDigest) {

    private static final Version NONE = new Version(0, NOTHING);

    boolean isLive() {
      return valueDigest.length > 0;
    }
  }

  /**
   * The newest version of a key at or below an operation.
   *
   * @param versions {@link Keys#versions} of the key
   */
  Version at(byte[] versions, long opId) {
    RowCursor open = rows;
    if (open == null) {
      open = store.scan(Family.HISTORY, partition, Bytes.after(partition));
      rows = open;
    }
    open.seek(Bytes.append(versions, ~opId));
    if (!open.next()) {
      return Version.NONE;
    }
    byte[] found = open.key();
    if (found.length != versions.length + Long.BYTES || !Bytes.startsWith(found, versions)) {
      return Version.NONE;
    }
    byte[] value = open.value();
    return new Version(~Bytes.trailingLong(found), Arrays.copyOfRange(value, 1, value.length));
  }

  @Override
  public void close() {
    if (rows != null) {
      rows.close();
    }
  }
}
